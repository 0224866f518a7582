const FormData = require('form-data');
const fs = require('fs');
const axios = require('axios');

const form = new FormData();
form.append('video', fs.createReadStream('source.mp4'));
form.append('photo', fs.createReadStream('person.jpg'));
form.append('duration', '10');
form.append('ratio', '9:16');
form.append('webhook_url', 'https://your-server.com/webhook');

const res = await axios.post(
    'https://lumiq.my/api/v1/avatar',
    form,
    { headers: { 'X-API-Key': 'lmq_YOUR_KEY', ...form.getHeaders() }}
);
console.log(res.data);
