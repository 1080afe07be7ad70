"""nginx's configuration, written and tested by nginx itself; nothing of it needs root.

One process, without a master: what is killed is gone, and what is started again finds
its port free. A container runs the same text with workers.
"""

import os
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from edge import rules
from edge.places import API_PREFIX, Places
from edge.words import error_page, error_problem

INSTALL = "sudo apt-get install -y --no-install-recommends nginx-light"
_MODULES = Path("/usr/lib/nginx/modules")
_BROTLI = ("ngx_http_brotli_filter_module.so", "ngx_http_brotli_static_module.so")
#: Where Debian's are; a shell of a user who is not root may not look there.
_PATH = os.pathsep.join((os.defpath, "/usr/sbin", "/usr/local/sbin", "/usr/local/bin"))


class NginxError(Exception):
    """nginx refuses its configuration; the message is its own."""


@dataclass(frozen=True, slots=True)
class Nginx:
    """The program, and what Debian's packages add to it.

    Attributes:
        program: Its path.
        brotli: Its modules for brotli; none where the packages are missing.
    """

    program: str
    brotli: tuple[Path, ...] = ()


def find_nginx() -> Nginx | None:
    """Return Debian's nginx, None where there is none."""
    program = shutil.which("nginx") or shutil.which("nginx", path=_PATH)
    if program is None:
        return None
    brotli = tuple(_MODULES / name for name in _BROTLI)
    return Nginx(program, brotli if all(path.exists() for path in brotli) else ())


def door(nginx: Nginx, places: Places, state: Path, port: int) -> str:
    """Return the front door's configuration."""
    server = _door(places, state, port, has_brotli=bool(nginx.brotli))
    return _frame(nginx, state, f"{_door_http(places, state)}{server}")


def pages(nginx: Nginx, site: Path, state: Path, port: int) -> str:
    """Return the configuration of the pages' server.

    Args:
        nginx: The program.
        site: The built pages.
        state: What it may write to.
        port: Where it listens.
    """
    brotli = "brotli_static on;" if nginx.brotli else ""
    return _frame(
        nginx,
        state,
        f"""\
  access_log off;
  {_classes("")}
  map $class:$status $keep {{
    default {rules.NO_STORE};
    ~^hashed:(200|206|304)$ "{rules.IMMUTABLE}";
    ~:(200|206|304)$ {rules.NO_CACHE};
  }}
  server {{
    listen 127.0.0.1:{port};
    root {_quoted(str(site))};
    gzip_static on; {brotli}
    add_header Cache-Control $keep always;
    location = {rules.HEALTH_PATH} {{ default_type text/plain; return 200 "live\\n"; }}
    location ~ "\\.(gz|br)$" {{ return 404; }}
    location /assets/ {{ try_files $uri =404; }}
    location ~ "{_asset_pattern()}" {{ try_files $uri =404; }}
    # Every other address is a page, which the script in it shows.
    location / {{ rewrite ^ /index.html break; }}
  }}
""",
    )


def check(nginx: Nginx, text: str, state: Path) -> Path:
    """Write a configuration and let nginx test it; return where it is.

    Raises:
        NginxError: If nginx refuses it.
    """
    for folder in ("body", "proxy", "logs"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    path = state / "nginx.conf"
    path.write_text(text, encoding="utf-8")
    tested = subprocess.run(  # noqa: S603 - the program that was found, no shell
        [*_command(nginx, path, state), "-t", "-q"],
        capture_output=True,
        text=True,
        check=False,
    )
    if tested.returncode:
        raise NginxError(tested.stderr.strip())
    return path


def become(nginx: Nginx, path: Path, state: Path, listener: socket.socket) -> NoReturn:
    """Turn this process into nginx, which goes on with a listener that is bound.

    nginx takes over listeners that the environment variable NGINX names: the same way
    in which a new nginx takes them from an old one.
    """
    os.set_inheritable(listener.fileno(), True)
    environment = {**os.environ, "NGINX": f"{listener.fileno()};"}
    command = _command(nginx, path, state)
    os.execve(command[0], command, environment)  # noqa: S606 - no shell


def _command(nginx: Nginx, path: Path, state: Path) -> list[str]:
    log = str(state / "logs" / "error.log")
    return [nginx.program, "-p", f"{state}/", "-c", str(path), "-e", log]


def _frame(nginx: Nginx, state: Path, http: str) -> str:
    modules = "".join(f"load_module {path};\n" for path in nginx.brotli)
    # A worker of root's would become nobody, who may not read this user's files.
    user = "user root;\n" if os.geteuid() == 0 else ""
    brotli = (
        f"brotli on; brotli_comp_level 5; brotli_min_length {rules.LEAST_COMPRESSED};"
        f"\n  brotli_types {' '.join(rules.COMPRESSED)};"
        if nginx.brotli
        else ""
    )
    return f"""\
# Written at each start; changes here are lost.
{modules}{user}daemon off;
master_process off;
pid {_quoted(str(state / "nginx.pid"))};
error_log {_quoted(str(state / "logs" / "error.log"))} warn;
events {{ worker_connections 1024; }}
http {{
  types {{ {_types()} }}
  default_type application/octet-stream;
  charset utf-8;
  charset_types text/css text/plain text/javascript;
  server_tokens off;
  absolute_redirect off;
  sendfile on;
  tcp_nopush on;
  client_body_temp_path {_quoted(str(state / "body"))};
  proxy_temp_path {_quoted(str(state / "proxy"))};
  fastcgi_temp_path {_quoted(str(state / "proxy" / "fastcgi"))};
  uwsgi_temp_path {_quoted(str(state / "proxy" / "uwsgi"))};
  scgi_temp_path {_quoted(str(state / "proxy" / "scgi"))};
  client_header_timeout 10s;
  client_body_timeout 10s;
  send_timeout 10s;
  keepalive_timeout 30s;
  large_client_header_buffers 4 8k;
  client_max_body_size {rules.SMALL_BODY};
  gzip on; gzip_vary on; gzip_comp_level 5; gzip_min_length {rules.LEAST_COMPRESSED};
  gzip_proxied any;
  gzip_types {" ".join(rules.COMPRESSED)};
  {brotli}
{http}}}
"""


def _types() -> str:
    kinds = {
        "application/json": "json map",
        "application/manifest+json": "webmanifest",
        "font/woff2": "woff2",
        "image/png": "png",
        "image/svg+xml": "svg",
        "image/x-icon": "ico",
        "text/css": "css",
        "text/html": "html",
        "text/javascript": "js mjs",
        "text/plain": "txt",
    }
    return " ".join(f"{kind} {names};" for kind, names in kinds.items())


def _classes(pool_id: str) -> str:
    rows = [f'    "~{pattern}" {name};' for pattern, name in rules.patterns(pool_id)]
    return "\n".join(
        ["map $uri $class {", f"    default {rules.PAGE};", *rows, "  }"],
    )


def _asset_pattern() -> str:
    (found,) = (p for p, name in rules.patterns("") if name == rules.ASSET)
    return found


#: No query, which may hold a code or a token; no referrer and no client's address.
_LOG = """\
  log_format access escape=json
    '{"time":"$msec","id":"$request_id","method":"$request_method","path":"$uri",'
    '"route":"$route","status":"$status","answer":"$answer","seconds":"$request_time",'
    '"bytes":"$bytes_sent","upstream_status":"$upstream_status",'
    '"upstream_seconds":"$upstream_response_time","protocol":"$server_protocol"}';
"""


def _door_http(places: Places, state: Path) -> str:
    plain = [rules.API, rules.RUM, rules.HEALTH, rules.OTHER]
    policies = [(name, rules.policy(name)) for name in (rules.AUTH, *plain)]
    rows = "\n".join(f'    {name} "{text}";' for name, text in policies)
    return f"""\
{_LOG}  access_log {_quoted(str(state / "logs" / "access.log"))} access;
  {_classes(places.pool_id if places.sign_in else "")}
  map $class $route {{ default $class; {rules.HASHED} {rules.ASSET}; }}
  map $upstream_http_x_degraded $answer {{ default degraded; "" full; }}
  map $class $policy {{
    default "{rules.policy(rules.PAGE, places.foreign)}";
{rows}
  }}
  # Of files the pages' server says how long they may be kept.
  map $class:$upstream_http_cache_control $keep {{
    default {rules.NO_STORE};
    "~^(page|hashed|asset):(?<said>.+)$" $said;
  }}
  map $http_x_forwarded_proto $strict_transport {{
    default "";
    https "{rules.HSTS}";
  }}
{_headers()}
"""


def _door(places: Places, state: Path, port: int, *, has_brotli: bool) -> str:
    names = " ".join(rules.hosts(places))
    silent = f"error_log {_quoted(str(state / 'logs' / 'error.log'))} emerg;"
    sign_in = _sign_in(places, silent, has_brotli=has_brotli)
    page = f"""
      # One origin: sign-in works on the name that the user pool knows, and on no other.
      if ($http_host != "{places.host}") {{ return 307 {places.origin}$request_uri; }}
      error_page 502 @page_502; error_page 504 @page_504;
      proxy_read_timeout {rules.PAGE_READ_S}s;
      proxy_pass http://pages;
   """
    return f"""\
{_upstream("pages", places.pages)}{_upstream("api", places.api)}\
{_upstream("sign_in", places.sign_in)}{_upstream("rum", places.rum)}\
  server {{
    listen 127.0.0.1:{port} default_server;
    server_name "";
    location / {{ return 421; }}
  }}
  server {{
    listen 127.0.0.1:{port};
    server_name {names};
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Host "";
    proxy_set_header Forwarded "";
    proxy_set_header X-Request-ID $request_id;
    proxy_connect_timeout {rules.CONNECT_S}s;
    # With one server: once more where a kept connection turns out to be closed, and no
    # write is repeated.
    proxy_next_upstream error;
    location = {rules.HEALTH_PATH} {{ default_type text/plain; return 200 "live\\n"; }}
    location /health/ {{ return 404; }}
    location / {{{page} }}
    # Its address holds a code: nginx's own errors would write it down.
    location = /callback {{ {silent}{page} }}
    location /api/ {{
      error_page 413 @problem_413; error_page 502 @problem_502; error_page 504 @problem_504;
      client_max_body_size {rules.MAX_BODY[rules.API]};
      proxy_read_timeout {places.api_timeout_s}s;
      proxy_redirect / {API_PREFIX}/;
      proxy_pass http://api/;
    }}
{sign_in}{_rum(places)}{_errors()}  }}
"""


def _headers() -> str:
    ours = {
        **{name: f'"{value}"' for name, value in rules.HEADERS.items()},
        "Cache-Control": "$keep",
        "Content-Security-Policy": "$policy",
        "Strict-Transport-Security": "$strict_transport",
        "X-Request-ID": "$request_id",
    }
    lines = [f"  add_header {name} {value} always;" for name, value in ours.items()]
    hidden = (*rules.HIDDEN, "Cache-Control", "Strict-Transport-Security")
    lines += [f"  proxy_hide_header {name};" for name in hidden]
    return "\n".join(lines)


def _upstream(name: str, url: str | None) -> str:
    if url is None:
        return ""
    address = urlsplit(url).netloc
    # One server and no marks against it: what comes back is found at once.
    return (
        f"  upstream {name} {{ server {address} max_fails=0; keepalive 16;"
        f" keepalive_timeout {rules.IDLE_S}s; }}\n"
    )


def _sign_in(places: Places, silent: str, *, has_brotli: bool) -> str:
    if places.sign_in is None:
        return ""
    (found,) = (p for p, c in rules.patterns(places.pool_id) if c == rules.AUTH)
    return f"""\
    location ~ "{found}" {{
      {silent}
      error_page 502 @page_502; error_page 504 @page_504;
      client_max_body_size {rules.MAX_BODY[rules.AUTH]};
      # A compressed answer's length may tell of a token in it.
      gzip off;{" brotli off;" if has_brotli else ""}
      proxy_read_timeout {places.api_timeout_s}s;
      proxy_pass http://sign_in;
    }}
"""


def _rum(places: Places) -> str:
    if places.rum is None:
        return "    location /rum/v1/ { return 204; }\n"
    return f"""\
    location /rum/v1/ {{
      # Whether it is taken or not, a page has nothing to do about it.
      error_page 404 413 502 504 =204 @quiet;
      proxy_intercept_errors on;
      client_max_body_size {rules.MAX_BODY[rules.RUM]};
      proxy_read_timeout {rules.PAGE_READ_S}s;
      proxy_pass http://rum;
    }}
    location @quiet {{ internal; return 204; }}
"""


def _errors() -> str:
    blocks = []
    for status in (502, 504):
        page = _quoted(error_page(status, "$request_id"))
        blocks.append(
            f"    location @page_{status}"
            f" {{ internal; default_type text/html; return {status} {page}; }}\n"
        )
    for status in (413, 502, 504):
        problem = _quoted(error_problem(status, "$request_id"))
        blocks.append(
            f"    location @problem_{status} {{ internal;"
            f" default_type application/problem+json; return {status} {problem}; }}\n"
        )
    return "".join(blocks)


def _quoted(text: str) -> str:
    """Return text as one word of a configuration."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
