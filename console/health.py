"""Whether a site's page answers: one GET, for whoever must know that it is back."""

from __future__ import annotations

from console.poll import Failed, in_thread

WAIT_S = 5.0


async def answers(url: str, proxy: str = "") -> str:
    """How a page answers, in words. Raises Failed where it does not, or with 400 and above."""
    return await in_thread(_get, url, proxy)


def _get(url: str, proxy: str) -> str:
    from urllib.error import HTTPError
    from urllib.request import ProxyHandler, build_opener

    opener = build_opener(ProxyHandler({"http": proxy, "https": proxy} if proxy else None))
    try:
        with opener.open(url, timeout=WAIT_S) as answer:
            return f"{url} answers {answer.status}"
    except HTTPError as error:
        raise Failed(f"{url} answers {error.code}") from None
    except (OSError, ValueError) as error:
        raise Failed(f"{url} does not answer ({error})") from None
