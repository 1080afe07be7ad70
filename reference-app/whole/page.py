"""The page that `system` shows: where everything is, and what to try."""

PAGES = {
    "en": """\
Running on this machine, all of it on 127.0.0.1:
  Kizashi    {kizashi}
  to-do API  {api}          (tasks in DynamoDB, people from Cognito)
  AI service {ai}
  AWS        {aws}          (emulated)
  traffic    {rate} requests a second of {people} people, for {duration}

Say something (any token of the people's will do):
  TOKEN=$(head -1 {tokens})
  curl -s {api}/tasks/from-text -H "Authorization: Bearer $TOKEN" \\
    -H 'Content-Type: application/json' \\
    -d '{{"text": "call Bob next Friday at 5pm", "timezone": "Asia/Tokyo"}}'

What is promised, and what is left of it:
  {status}

Break the API, watch the budget burn, and mend it:
  ADMIN="Authorization: Bearer $(cat {admin_token})"
  curl -X PUT {api_admin}/demo/faults -H "$ADMIN" -H 'Content-Type: application/json' -d '{{"error_share": 0.2}}'
  …                                  '{{"outage": true}}'             pages after about a minute
  …                                  '{{"store_latency_ms": 400}}'    slow DynamoDB
  …                                  '{{"ai_down": true}}'            sentences are not read: degraded
  …                                  '{{"leak_kb": 64}}'              a memory leak
  …                                  '{{}}'                           well again
  curl -X PUT {ai_admin}/demo/faults …                                the AI service's own switch
  {explain}

Ctrl-C ends everything.
""",
    "ja": """\
すべてこのマシンの 127.0.0.1 で動いています。
  Kizashi      {kizashi}
  ToDo API     {api}          （タスクは DynamoDB、利用者は Cognito）
  AI サービス  {ai}
  AWS          {aws}          （エミュレーター）
  トラフィック {people} 人が毎秒 {rate} 件、{duration}

文章でタスクを作る（トークンは利用者の誰のものでもよい）:
  TOKEN=$(head -1 {tokens})
  curl -s {api}/tasks/from-text -H "Authorization: Bearer $TOKEN" \\
    -H 'Content-Type: application/json' \\
    -d '{{"text": "来週の金曜日の午後3時に歯医者", "timezone": "Asia/Tokyo"}}'

約束と、残っているエラーバジェット:
  {status}

API を壊し、バジェットが燃えるのを見て、元に戻す:
  ADMIN="Authorization: Bearer $(cat {admin_token})"
  curl -X PUT {api_admin}/demo/faults -H "$ADMIN" -H 'Content-Type: application/json' -d '{{"error_share": 0.2}}'
  …                                  '{{"outage": true}}'             一分ほどで呼び出しがかかる
  …                                  '{{"store_latency_ms": 400}}'    DynamoDB が遅い
  …                                  '{{"ai_down": true}}'            文章を読み取れない（縮退）
  …                                  '{{"leak_kb": 64}}'              メモリーリーク
  …                                  '{{}}'                           元に戻す
  curl -X PUT {ai_admin}/demo/faults …                                AI サービスのスイッチ
  {explain}

Ctrl-C ですべて終わります。
""",
}
