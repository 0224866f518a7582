from flask import Flask, request, jsonify
app = Flask(__name__)

@app.route('/webhook', methods=['POST'])
def handle_webhook():
    data = request.json
    task_id = data['task_id']
    status = data['status']

    if status == 'completed':
        video_url = data['video_url']
        print(f"Video ready: {video_url}")
    elif status == 'failed':
        print(f"Task {task_id} failed: {data.get('error')}")

    return jsonify({'received': True}), 200
