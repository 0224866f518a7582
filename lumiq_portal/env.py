"""Settings from the environment: typed, each readable from `<NAME>_FILE`, malformed values refused.

Only `settings.py` calls this.
"""

import hashlib
import os
import re
import secrets
import tempfile
from decimal import Decimal
from ipaddress import ip_network
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.FileAwareEnv()

# Of the 107 bytes that Linux allows for the path of a socket (macOS: 103), some are left over.
_LONGEST_SOCKET_PATH = 100


def read_text(name: str, default: str = "") -> str:
    # Not env.str: that takes a value with a $ in front for the name of another variable.
    return str(env.ENVIRON.get(name, default)).strip()


def read_flag(name: str, *, default: bool) -> bool:
    text = read_text(name)
    if not text:
        return default
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("0", "false", "no", "off"):
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {text!r}.")


def read_number(name: str, *, default: int, lowest: int, highest: int) -> int:
    text = read_text(name)
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not lowest <= int(text) <= highest:
        raise ImproperlyConfigured(
            f"{name} must be a whole number from {lowest} to {highest}, not {text!r}."
        )
    return int(text)


def read_falling_numbers(
    name: str, *, default: tuple[int, ...], lowest: int, highest: int
) -> tuple[int, ...]:
    """Numbers with commas between them, each smaller than the one before."""
    text = read_text(name)
    if not text:
        return default
    parts = [part.strip() for part in text.split(",")]
    numbers = tuple(int(part) for part in parts if part.isascii() and part.isdigit())
    is_whole = len(numbers) == len(parts) and lowest <= numbers[-1] and numbers[0] <= highest
    if not is_whole or any(after >= before for before, after in pairwise(numbers)):
        raise ImproperlyConfigured(
            f"{name} must be whole numbers from {lowest} to {highest} with commas between them, "
            f"the highest first, not {text!r}."
        )
    return numbers


def read_decimal(name: str, *, default: str, lowest: int, highest: int) -> Decimal:
    text = read_text(name) or default
    number = Decimal(text) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) else None
    if number is None or not lowest <= number <= highest:
        raise ImproperlyConfigured(
            f"{name} must be a number from {lowest} to {highest}, as 1.2, not {text!r}."
        )
    return number


def read_choice(name: str, *, default: str, choices: tuple[str, ...]) -> str:
    text = read_text(name, default)
    if text not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, not {text!r}.")
    return text


def read_choices(name: str, *, choices: tuple[str, ...]) -> frozenset[str]:
    """Any of `choices`, with commas between them; none by default."""
    parts = {part.strip() for part in read_text(name).split(",")} - {""}
    if not parts <= set(choices):
        unknown = ", ".join(sorted(parts - set(choices)))
        raise ImproperlyConfigured(f"{name} may name {', '.join(choices)}; not {unknown}.")
    return frozenset(parts)


def read_range(name: str, *, default: tuple[int, int]) -> tuple[int, int]:
    """Two whole numbers like 5-20."""
    text = read_text(name)
    if not text:
        return default
    least, _, most = text.partition("-")
    if not (least.isascii() and least.isdigit() and most.isascii() and most.isdigit()):
        raise ImproperlyConfigured(f"{name} must look like 5-20, not {text!r}.")
    if int(least) > int(most):
        raise ImproperlyConfigured(f"{name} must begin with the smaller number, not {text!r}.")
    return int(least), int(most)


def read_hosts(name: str) -> frozenset[str]:
    """Host names with commas between them, each with its port where that is not the usual one."""
    hosts = {part.strip().lower() for part in read_text(name).split(",")} - {""}
    if any(not re.fullmatch(r"[a-z0-9.-]+(:[0-9]{1,5})?", host) for host in hosts):
        raise ImproperlyConfigured(f"{name} must be hosts with commas between them, no addresses.")
    return frozenset(hosts)


def read_networks(name: str) -> list[str]:
    """IP addresses and networks with commas between them."""
    parts = [part.strip() for part in read_text(name).split(",") if part.strip()]
    for part in parts:
        try:
            ip_network(part)
        except ValueError:
            raise ImproperlyConfigured(
                f"{name} must be IP addresses or networks with commas between them, not {part!r}."
            ) from None
    return parts


def read_url(name: str, *, default: str, schemes: tuple[str, ...]) -> str:
    """An address with one of `schemes`, without a slash at the end. Empty stays empty."""
    text = read_text(name, default).rstrip("/")
    if not text:
        return ""
    parts = urlsplit(text)
    if parts.scheme not in schemes or not (parts.netloc or parts.path):
        shown = " or ".join(f"{scheme}://…" for scheme in schemes)
        raise ImproperlyConfigured(f"{name} must look like {shown}.")
    return text


def refuse_paid_tests(*, url: str, key: str, paid_url: str, paid_key: str) -> None:
    """What test keys order costs nobody anything, so it must never come to whom charges for it."""
    if url and urlsplit(url).netloc.lower() == urlsplit(paid_url).netloc.lower():
        raise ImproperlyConfigured(
            "PORTAL_TEST_LUMIQ_BASE_URL must be a sandbox's, on another host or port than "
            "LUMIQ_BASE_URL."
        )
    if key == paid_key:
        raise ImproperlyConfigured(
            "PORTAL_TEST_LUMIQ_API_KEY must be another key than the one that makes paid videos."
        )


def read_host(name: str, *, default: str) -> str:
    text = read_text(name, default).lower().rstrip(".")
    if "/" in text or ":" in text or " " in text or not text:
        raise ImproperlyConfigured(f"{name} must be a bare hostname, without scheme or port.")
    return text


def read_database(name: str, *, default_path: Path) -> dict[str, Any]:
    """A Django DATABASES entry; SQLite gets WAL and IMMEDIATE transactions (decision 0003)."""
    if not read_text(name):
        return _sqlite(default_path)
    try:
        config = env.db_url_config(read_text(name))
    except (ValueError, ImproperlyConfigured, environ.ImproperlyConfigured) as error:
        raise ImproperlyConfigured(f"{name} is not a database address.") from error
    engine = config.get("ENGINE", "")
    if engine == "django.db.backends.sqlite3":
        return _sqlite(Path(config["NAME"]))
    if engine != "django.db.backends.postgresql":
        raise ImproperlyConfigured(f"{name} must be postgresql://… or sqlite:///….")
    config.setdefault("CONN_MAX_AGE", 60)
    config["CONN_HEALTH_CHECKS"] = True
    return dict(config)


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
            ),
        },
    }


def read_storage(name: str, *, default_path: Path) -> dict[str, Any]:
    """A Django STORAGES entry: a local folder, or `s3://bucket?endpoint_url=…&region_name=…`.

    Credentials for S3 come from user and password of the address or from the usual AWS variables.
    """
    url = read_text(name)
    if not url or url.startswith("file://"):
        location = Path(unquote(urlsplit(url).path)) if url else default_path
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": location, "base_url": None},
        }
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.hostname:
        raise ImproperlyConfigured(f"{name} must look like file:///folder or s3://bucket.")
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    allowed = {"endpoint_url", "region_name", "location", "addressing_style"}
    if unknown := set(query) - allowed:
        raise ImproperlyConfigured(f"{name} has unknown options: {', '.join(sorted(unknown))}.")
    options: dict[str, Any] = {
        "bucket_name": parts.hostname,
        "default_acl": None,
        "file_overwrite": False,
        "querystring_auth": True,
        "querystring_expire": 600,
        "signature_version": "s3v4",
        **query,
    }
    if parts.username:
        options["access_key"] = unquote(parts.username)
        options["secret_key"] = unquote(parts.password or "")
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


def origins(url: str) -> list[str]:
    """The origin of an address, for the content security policy; none of none."""
    parts = urlsplit(url)
    return [f"{parts.scheme}://{parts.netloc}"] if url else []


def media_origins(storage: dict[str, Any]) -> list[str]:
    """Where a browser is sent for a stored file, as origins for the content security policy."""
    options = storage["OPTIONS"]
    if "bucket_name" not in options:
        return []
    if endpoint := options.get("endpoint_url"):
        parts = urlsplit(endpoint)
        subdomain = f"{parts.scheme}://{options['bucket_name']}.{parts.netloc}"
        return [f"{parts.scheme}://{parts.netloc}", subdomain]
    return ["https://*.amazonaws.com"]


def read_mail(name: str, *, default_folder: Path) -> dict[str, Any]:
    """Django's EMAIL_ settings; without an address, mails become files in `default_folder`."""
    if not read_text(name):
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": default_folder,
        }
    try:
        config: dict[str, Any] = env.email_url_config(read_text(name))
    except (KeyError, ValueError, environ.ImproperlyConfigured) as error:
        raise ImproperlyConfigured(
            f"{name} must look like smtp+tls://user:password@host."
        ) from error
    if not config.get("EMAIL_BACKEND"):
        raise ImproperlyConfigured(f"{name} must look like smtp+tls://user:password@host.")
    if config["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend":
        config["EMAIL_BACKEND"] = "accounts.mails.smtp.EmailBackend"
    if config.get("EMAIL_FILE_PATH"):
        config["EMAIL_FILE_PATH"] = "/" + config["EMAIL_FILE_PATH"].lstrip("/")
    return config


def read_secret_key(name: str, *, keep_in: Path) -> str:
    """The SECRET_KEY; where none is given, one is made once and kept beside the other state."""
    given = read_text(name)
    if given:
        if len(given) < 32:
            raise ImproperlyConfigured(f"{name} must have at least 32 characters.")
        return given
    path = keep_in / "secret_key"
    if not path.exists():
        keep_in.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".secret_key-{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        try:
            os.link(fresh, path)  # fails where another process was first: its key is the one
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()


def choose_socket(state: Path, name: str) -> Path:
    """Where the embedded server listens: in `state`, or in a short folder of its own where that
    path is too long for a socket. The same for every process on the same state.
    """
    path = state / "run" / name
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(state)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"lumiq-portal-{os.getuid()}-{digest}" / name


def build_socket_url(path: Path) -> str:
    return f"unix://{quote(str(path))}?db=0"
