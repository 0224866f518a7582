curl https://lumiq.my/api/v1/account \
  -H "X-API-Key: lmq_YOUR_API_KEY"
