curl https://lumiq.my/api/v1/status/TASK_ID \
  -H "X-API-Key: lmq_YOUR_KEY"
