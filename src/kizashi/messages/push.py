"""What pushing compiled documents says."""

TEXTS: dict[str, tuple[str, str]] = {
    "push.option.push": (
        "Put the documents where they are used: the ruler of Mimir or Cortex (https://HOST/prometheus, with --to prometheus) or Kubernetes (kubernetes: or kubernetes:CONTEXT, with --to prometheus-operator). With --check or --diff nothing is changed there.",
        "生成したものを使う場所に直接反映します。Mimir か Cortex のルーラー (https://ホスト/prometheus。--to prometheus と組み合わせる)、または Kubernetes (kubernetes: か kubernetes:コンテキスト。--to prometheus-operator と組み合わせる)。--check か --diff を付けると何も変更しません。",
    ),
    "push.option.set": (
        "What is pushed together (default: kizashi): the namespace of a ruler, a label of Kubernetes objects. What was pushed under the same name and is no longer generated is deleted; two sets of declarations need two names.",
        "ひとまとまりとして扱う名前 (既定値: kizashi)。ルーラーでは名前空間、Kubernetes ではオブジェクトのラベルになります。同じ名前で反映したもののうち、もう生成されないものは削除します。別々の宣言には別々の名前を付けてください。",
    ),
    "push.option.tenant": (
        "The tenant of the ruler (X-Scope-OrgID).",
        "ルーラーのテナント (X-Scope-OrgID)。",
    ),
    "push.option.user": (
        "The user of the ruler's basic authentication; its password is the token. Without it the token is a bearer token.",
        "ルーラーのベーシック認証のユーザー名。パスワードにはトークンを使います。指定がなければ、トークンは Bearer トークンとして送ります。",
    ),
    "push.option.token": (
        "The ruler's token or password. Better in the variable KIZASHI_PUSH_TOKEN, where other users of this machine do not see it.",
        "ルーラーのトークンまたはパスワード。環境変数 KIZASHI_PUSH_TOKEN で渡すと、同じマシンのほかの利用者に見えません。",
    ),
    "push.option.force": (
        "Take over fields of Kubernetes objects that someone else manages.",
        "Kubernetes オブジェクトのうち、ほかの管理者が管理するフィールドも上書きします。",
    ),
    "push.no-place": (
        "Say where to: a folder with --out, a server with --push, or both.",
        "書き出し先を指定してください。フォルダーは --out、サーバーは --push で、両方も指定できます。",
    ),
    "push.other-target": (
        "{url} takes what --to {target} makes.",
        "{url} に反映できるのは --to {target} で生成したものです。",
    ),
    "push.bad-url": (
        "That is no address to push to. Expected one of: {known}; credentials are options of their own.",
        "反映先の指定が正しくありません。次のいずれかの形にしてください: {known}。認証情報は専用のオプションで指定します。",
    ),
    "push.nothing": (
        "Nothing was generated, so nothing is pushed: an empty set would delete everything in it.",
        "何も生成されなかったため、反映しません。空のまま反映すると、既存のものがすべて削除されてしまいます。",
    ),
    "push.unreachable": (
        "{where} could not be reached: {why}. What was pushed before stays; push again.",
        "{where} に接続できません: {why}。それまでに反映した分は残っています。もう一度実行してください。",
    ),
    "push.unauthorized": (
        "{where} answered {status}: {why}. See to the credentials: --tenant, --push-user, KIZASHI_PUSH_TOKEN; for Kubernetes, the kubeconfig and the role.",
        "{where} の応答は {status} でした: {why}。認証情報 (--tenant、--push-user、KIZASHI_PUSH_TOKEN。Kubernetes では kubeconfig とロール) を確認してください。",
    ),
    "push.refused": (
        "{where} answered {status}: {why}",
        "{where} の応答は {status} でした: {why}",
    ),
    "push.not-a-ruler": (
        "{where} does not answer as the ruler of Mimir or Cortex does. Expected the prefix of its Prometheus API, such as https://HOST/prometheus.",
        "{where} の応答は Mimir や Cortex のルーラーのものではありません。https://ホスト/prometheus のように、Prometheus API のプレフィックスを指定してください。",
    ),
    "push.not-a-cluster": (
        "{where}: what answers does not speak as a Kubernetes API server does. See to the address in the kubeconfig, and to what stands between.",
        "{where}: 応答が Kubernetes の API サーバーのものではありません。kubeconfig のアドレスと、途中にあるプロキシなどを確認してください。",
    ),
    "push.bad-kubeconfig": (
        "The kubeconfig cannot be used ({why}). Expected clusters, contexts and users that belong together.",
        "kubeconfig を使えません ({why})。対応する clusters、contexts、users が必要です。",
    ),
    "push.plain": (
        "The token goes to {host} unencrypted. Use https where others can listen.",
        "トークンは暗号化されずに {host} へ送られます。盗聴のおそれがあるところでは https を使ってください。",
    ),
    "push.missing": (
        "{where}: {why}. Are the namespace and the Prometheus Operator's resource definitions there?",
        "{where}: {why}。名前空間と Prometheus Operator のリソース定義があるか確認してください。",
    ),
    "push.conflict": (
        "{where}: {why}. Someone else manages this field; take it over with --force, or leave it to them.",
        "{where}: {why}。このフィールドはほかの管理者が管理しています。--force で上書きするか、そのまま任せてください。",
    ),
    "push.no-lightkube": (
        "Kubernetes needs the extra: pip install 'kizashi[kubernetes]'.",
        "Kubernetes への反映には追加パッケージが必要です: pip install 'kizashi[kubernetes]'。",
    ),
    "push.no-kubeconfig": (
        "No cluster is configured ({why}). Set KUBECONFIG, or name a context of it: kubernetes:CONTEXT.",
        "クラスターが設定されていません ({why})。KUBECONFIG を設定するか、kubernetes:コンテキスト の形でコンテキストを指定してください。",
    ),
    "push.create": ("created: {name}", "作成しました: {name}"),
    "push.update": ("updated: {name}", "更新しました: {name}"),
    "push.delete": ("deleted: {name}", "削除しました: {name}"),
    "push.would-create": ("would be created: {name}", "作成する予定: {name}"),
    "push.would-update": ("would be updated: {name}", "更新する予定: {name}"),
    "push.would-delete": ("would be deleted: {name}", "削除する予定: {name}"),
    "push.skipped": (
        "not deleted, because something else failed: {name}",
        "ほかの変更に失敗したため、削除していません: {name}",
    ),
    "push.sum": (
        "Changes on the server: {done}. Failed: {failed}.",
        "サーバー上の変更: {done}。失敗: {failed}。",
    ),
}
