curl -X POST https://lumiq.my/api/v1/avatar \
  -H "X-API-Key: lmq_YOUR_KEY" \
  -F "video=@source.mp4" \
  -F "photo=@person.jpg" \
  -F "duration=10" \
  -F "ratio=9:16" \
  -F "webhook_url=https://your-server.com/webhook"
