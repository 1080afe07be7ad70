"""Make what the services need: a table, a user pool, its client, a person, a group."""

from dataclasses import dataclass
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from api.dynamo import create_table

from emulator.settings import ACCESS_KEY, SECRET_KEY

REGION = "ap-northeast-1"
TABLE = "todo"
_POOL = "todo"
_CLIENT = "todo-web"
GROUP = "admins"


@dataclass(frozen=True, slots=True)
class Made:
    """What was made, or found."""

    pool_id: str
    client_id: str

    @property
    def issuer(self) -> str:
        """The issuer that tokens name: the same as on AWS."""
        return f"https://cognito-idp.{REGION}.amazonaws.com/{self.pool_id}"

    def config(self, port: int, ai_url: str) -> dict[str, object]:
        """Return the services' settings.

        Browsers know the emulator as localhost, services as 127.0.0.1.
        """
        base, browser = f"http://127.0.0.1:{port}", f"http://localhost:{port}"
        return {
            "region": REGION,
            "table": TABLE,
            "dynamodb_endpoint": base,
            "ai_url": ai_url,
            "sign_in": {
                "issuer": self.issuer,
                "client_id": self.client_id,
                "jwks_url": f"{base}/{self.pool_id}/.well-known/jwks.json",
                "authority": f"{browser}/{self.pool_id}",
                "domain": browser,
            },
        }


async def set_up(endpoint: str, origin: str, password: str, people: int) -> Made:
    """Make what is missing at an endpoint, and return where it is.

    Args:
        endpoint: The emulator's URL.
        origin: The frontend's, to which the login page may lead back.
        password: Everybody's, whenever they are made.
        people: How many there are: demo, demo2, demo3 and so on.
    """
    async with client("dynamodb", endpoint) as dynamodb:
        await create_table(dynamodb, TABLE)
    async with client("cognito-idp", endpoint) as cognito:
        pools = (await cognito.list_user_pools(MaxResults=60))["UserPools"]
        found = [pool["Id"] for pool in pools if pool["Name"] == _POOL]
        if found:
            return await _adopt(cognito, found[0], origin)
        made = await _make_pool(cognito, origin)
        for number in range(1, people + 1):
            await make_person(cognito, made.pool_id, person(number), password)
        return made


async def _adopt(
    cognito: Any,  # noqa: ANN401 - botocore's
    pool_id: str,
    origin: str,
) -> Made:
    """Return a pool of an earlier run, which may have had another origin."""
    clients = await cognito.list_user_pool_clients(UserPoolId=pool_id)
    client_id = clients["UserPoolClients"][0]["ClientId"]
    told = await cognito.describe_user_pool_client(
        UserPoolId=pool_id, ClientId=client_id
    )
    if told["UserPoolClient"].get("CallbackURLs") != [f"{origin}/callback"]:
        await cognito.update_user_pool_client(
            UserPoolId=pool_id, ClientId=client_id, **_client(origin)
        )
    return Made(pool_id, client_id)


def _client(origin: str) -> dict[str, Any]:
    """Return the app client's settings; what an update leaves out would be reset."""
    return {
        "ClientName": _CLIENT,
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "email", "profile"],
        "SupportedIdentityProviders": ["COGNITO"],
        "CallbackURLs": [f"{origin}/callback"],
        "LogoutURLs": [f"{origin}/signed-out"],
        # The password flow is for this machine: curl gets a token without a browser.
        "ExplicitAuthFlows": [
            "ALLOW_REFRESH_TOKEN_AUTH",
            "ALLOW_USER_SRP_AUTH",
            "ALLOW_USER_PASSWORD_AUTH",
        ],
        "EnableTokenRevocation": True,
        "PreventUserExistenceErrors": "ENABLED",
    }


async def _make_pool(
    cognito: Any,  # noqa: ANN401 - botocore's
    origin: str,
) -> Made:
    pool = await cognito.create_user_pool(PoolName=_POOL)
    pool_id = pool["UserPool"]["Id"]
    client = await cognito.create_user_pool_client(
        UserPoolId=pool_id,
        GenerateSecret=False,
        **_client(origin),
    )
    await cognito.create_user_pool_domain(Domain="todo", UserPoolId=pool_id)
    await cognito.create_group(GroupName=GROUP, UserPoolId=pool_id)
    return Made(pool_id, client["UserPoolClient"]["ClientId"])


def person(number: int) -> str:
    """Return the name of a person, counted from 1."""
    return "demo" if number == 1 else f"demo{number}"


async def make_person(
    cognito: Any,  # noqa: ANN401 - botocore's
    pool_id: str,
    name: str,
    password: str,
) -> None:
    """Make a person with a password, in the group."""
    await cognito.admin_create_user(
        UserPoolId=pool_id, Username=name, MessageAction="SUPPRESS"
    )
    await cognito.admin_set_user_password(
        UserPoolId=pool_id, Username=name, Password=password, Permanent=True
    )
    await cognito.admin_add_user_to_group(
        UserPoolId=pool_id, Username=name, GroupName=GROUP
    )


def client(service: str, endpoint: str) -> Any:  # noqa: ANN401 - botocore's
    """Return a client of the emulator, to be entered with ``async with``."""
    return get_session().create_client(
        service,
        REGION,
        endpoint_url=endpoint,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=AioConfig(connect_timeout=5, read_timeout=10),
    )
