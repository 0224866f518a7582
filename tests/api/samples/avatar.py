import requests

response = requests.post(
    "https://lumiq.my/api/v1/avatar",
    headers={"X-API-Key": "lmq_YOUR_KEY"},
    files={
        "video": open("source.mp4", "rb"),
        "photo": open("person.jpg", "rb"),
    },
    data={
        "duration": "10",
        "ratio": "9:16",
        "webhook_url": "https://your-server.com/webhook"
    }
)
print(response.json())
