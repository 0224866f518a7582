curl -O https://lumiq.my/api/v1/download/a1b2c3d4 \
  -H "X-API-Key: lmq_YOUR_KEY"
