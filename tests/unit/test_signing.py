"""The signatures, by the reference's test vectors, and the keys that are refused."""

import base64
from dataclasses import dataclass

import pytest

from exchange.backpack.signing import BadKey, Params, Signer, signing_string

SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
LONG_SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8DoQe/884Qvh1w3RjnS8CZZ+TWMJulDV8d3IZkElUxuA=="
API_KEY = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
SIGNED_FOR = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    name: str
    instruction: str
    params: list[Params]
    timestamp: int
    text: str
    signature: str


VECTORS = [
    Vector(
        name="V0",
        instruction="orderCancel",
        params=[{"orderId": "28", "symbol": "BTC_USDT"}],
        timestamp=1614550000000,
        text="instruction=orderCancel&orderId=28&symbol=BTC_USDT&timestamp=1614550000000&window=5000",
        signature="80cYcHmUHbvcO3IonY2y+nObqUTRkZrNbRsPB30r+NjqgKfP5DIFKryC0ea11fMcweyoymFT+S2cGbPACyinDw==",
    ),
    Vector(
        name="V1",
        instruction="balanceQuery",
        params=[{}],
        timestamp=1750793021519,
        text="instruction=balanceQuery&timestamp=1750793021519&window=5000",
        signature="a4gmR8Xzxq4kesPQPh+39Xb0N8FwQHErhW0+IqFZwB16ABD3p1x0BQdEvhLGYJ5A22WNBDqY0y+j7dyg1MURBw==",
    ),
    Vector(
        name="V2",
        instruction="accountQuery",
        params=[{}],
        timestamp=1750793021519,
        text="instruction=accountQuery&timestamp=1750793021519&window=5000",
        signature="n96wtO3VoI/NNRzLcfOTJmlmpO61Bb5IZ3mpjEusKPV6eMic03TPkpk/W/4oEqYeyfn9jQLhEn6a7UvCvVC7Aw==",
    ),
    Vector(
        name="V3",
        instruction="orderExecute",
        params=[
            {
                "symbol": "SOL_USDC",
                "side": "Bid",
                "orderType": "Limit",
                "price": "141.25",
                "quantity": "0.5",
                "timeInForce": "GTC",
                "postOnly": True,
                "clientId": 4294967295,
                "selfTradePrevention": "RejectTaker",
            }
        ],
        timestamp=1750793021519,
        text="instruction=orderExecute&clientId=4294967295&orderType=Limit&postOnly=true&price=141.25&quantity=0.5&selfTradePrevention=RejectTaker&side=Bid&symbol=SOL_USDC&timeInForce=GTC&timestamp=1750793021519&window=5000",
        signature="rZR1ubm3zTGg5f3vo0zlevSi3FfQobExETVmkiN5flZlmiCS+aEj29YZmr70wC/fREpl+HozDvuZdX7GJheeCA==",
    ),
    Vector(
        name="V4",
        instruction="orderExecute",
        params=[{"symbol": "SOL_USDC", "side": "Bid", "orderType": "Market", "quoteQuantity": "25"}],
        timestamp=1750793021519,
        text="instruction=orderExecute&orderType=Market&quoteQuantity=25&side=Bid&symbol=SOL_USDC&timestamp=1750793021519&window=5000",
        signature="z2YkAXuisq1ZmiQ8RdqfqlN5iUCpzQt51OaL6m6b/e/oCl8Ff+jc82/3I8JmdQ7IdAuGQiYV+YxLipNdv1vKAQ==",
    ),
    Vector(
        name="V5",
        instruction="orderCancel",
        params=[{"symbol": "SOL_USDC", "orderId": "8284661092"}],
        timestamp=1750793021519,
        text="instruction=orderCancel&orderId=8284661092&symbol=SOL_USDC&timestamp=1750793021519&window=5000",
        signature="g3a1jSCoO3uuAggiXP0ILrm7qX7CE75zcru9L0kmGULQ7Tt4NRP6RoLeJoqiusqLHGf7Fv4e4AzHgmUGN+jzDg==",
    ),
    Vector(
        name="V6",
        instruction="orderCancel",
        params=[{"symbol": "SOL_USDC", "clientId": 4294967295}],
        timestamp=1750793021519,
        text="instruction=orderCancel&clientId=4294967295&symbol=SOL_USDC&timestamp=1750793021519&window=5000",
        signature="+lRS6fE+lO+LWSIbQm1cPnn5satoFjXP3+zKGT00XKYkzC6uAQlBM+M4NRVFAwWFkZFJLm+VihdWcFkIWej5BQ==",
    ),
    Vector(
        name="V7",
        instruction="orderCancelAll",
        params=[{"symbol": "SOL_USDC"}],
        timestamp=1750793021519,
        text="instruction=orderCancelAll&symbol=SOL_USDC&timestamp=1750793021519&window=5000",
        signature="PN3IMNWcpgcWYQsCpkjwZoeS7hejUIzaU9Lv0IPkS8M/kFMPmd5wJ+a0vxz9foVlM21T+3QnLfbRaBphRYKtBw==",
    ),
    Vector(
        name="V8",
        instruction="orderQuery",
        params=[{"orderId": "8284661092", "symbol": "SOL_USDC"}],
        timestamp=1750793021519,
        text="instruction=orderQuery&orderId=8284661092&symbol=SOL_USDC&timestamp=1750793021519&window=5000",
        signature="PVaQ8IAnzXkoIxecfWanVMBf2Qf+9RvnWhQcrO0Te8jteioAt1+UgQRm9upg/RTO5XRvXHwvtIPgF6hdfWdJAA==",
    ),
    Vector(
        name="V9",
        instruction="orderQueryAll",
        params=[{"symbol": "SOL_USDC"}],
        timestamp=1750793021519,
        text="instruction=orderQueryAll&symbol=SOL_USDC&timestamp=1750793021519&window=5000",
        signature="MMzpZ8GQS69My0W7pBKD7mPe0pjGPr0C8ExXNqSyZrV10tS99nzuZlFSm1bObowxN+RWjA9+/I3C+xR7jggJDA==",
    ),
    Vector(
        name="V10",
        instruction="fillHistoryQueryAll",
        params=[{"from": 1750700000000, "limit": 100, "offset": 0, "symbol": "SOL_USDC", "to": 1750793021519}],
        timestamp=1750793021519,
        text="instruction=fillHistoryQueryAll&from=1750700000000&limit=100&offset=0&symbol=SOL_USDC&to=1750793021519&timestamp=1750793021519&window=5000",
        signature="q7wfbis0iK03cIPEG/nU90mVncRkH7Oy4fUMzeYRJpMLneIcP6jytqTb/xd1Tvne2gm0pFbIpRrAf8OCR+XSCA==",
    ),
    Vector(
        name="V11",
        instruction="orderExecute",
        params=[
            {
                "symbol": "SOL_USDC",
                "side": "Bid",
                "orderType": "Limit",
                "price": "140.5",
                "quantity": "0.5",
                "postOnly": True,
            },
            {
                "symbol": "SOL_USDC",
                "side": "Ask",
                "orderType": "Limit",
                "price": "142.5",
                "quantity": "0.5",
                "postOnly": True,
            },
        ],
        timestamp=1750793021519,
        text="instruction=orderExecute&orderType=Limit&postOnly=true&price=140.5&quantity=0.5&side=Bid&symbol=SOL_USDC&instruction=orderExecute&orderType=Limit&postOnly=true&price=142.5&quantity=0.5&side=Ask&symbol=SOL_USDC&timestamp=1750793021519&window=5000",
        signature="lGpsYlC76+ZuPlqRYYXa2L7T5p7Klm/0Rd0W4YRNfO8l+GaJ5+dg0poCkSdctGM2466GakxgYKFxd0KxKhAjAw==",
    ),
    Vector(
        name="V12",
        instruction="subscribe",
        params=[{}],
        timestamp=1750793021519,
        text="instruction=subscribe&timestamp=1750793021519&window=5000",
        signature="DEytVjBPUJPNGqMWhoFrRnsyaD9AgpeWqvS9jRrnNbGUKyTLfEas10Q5EZ3KjJWU9PxVsfKDqd+oM0GEuFiCAA==",
    ),
    Vector(
        name="V13",
        instruction="orderExecute",
        params=[
            {
                "symbol": "SOL_USDC_PERP",
                "side": "Ask",
                "orderType": "Market",
                "reduceOnly": True,
                "triggerPrice": "120",
                "triggerQuantity": "80%",
                "triggerBy": "MarkPrice",
            }
        ],
        timestamp=1750793021519,
        text="instruction=orderExecute&orderType=Market&reduceOnly=true&side=Ask&symbol=SOL_USDC_PERP&triggerBy=MarkPrice&triggerPrice=120&triggerQuantity=80%&timestamp=1750793021519&window=5000",
        signature="dgAuYGl+bTpah9V+vqW6KTuY6jacfruMohzPBKR59u8IEW+0B+dTCB9bgI6sYwsEOBwQVyUazAiwRFCM9XDfCg==",
    ),
    Vector(
        name="V14",
        instruction="orderExecute",
        params=[
            {"symbol": "SOL_USDC_PERP", "side": "Bid", "orderType": "Limit", "price": "141", "quantity": "12"},
            {"symbol": "SOL_USDC_PERP", "side": "Bid", "orderType": "Limit", "price": "140", "quantity": "11"},
        ],
        timestamp=1750793021519,
        text="instruction=orderExecute&orderType=Limit&price=141&quantity=12&side=Bid&symbol=SOL_USDC_PERP&instruction=orderExecute&orderType=Limit&price=140&quantity=11&side=Bid&symbol=SOL_USDC_PERP&timestamp=1750793021519&window=5000",
        signature="/RiVIEmATq6bDKSR8I9tEY3qY/MRt45Y5/Wi4mKYjt3SaqoLFfOiYrYNRddqSXfrcDdY/b0n3duPew5JKrn/CA==",
    ),
    Vector(
        name="V15",
        instruction="orderExecute",
        params=[
            {
                "symbol": "SOL_USDC",
                "side": "Ask",
                "orderType": "Limit",
                "price": "150",
                "quantity": "0.5",
                "timeInForce": "IOC",
                "postOnly": False,
                "autoLendRedeem": True,
            }
        ],
        timestamp=1750793021519,
        text="instruction=orderExecute&autoLendRedeem=true&orderType=Limit&postOnly=false&price=150&quantity=0.5&side=Ask&symbol=SOL_USDC&timeInForce=IOC&timestamp=1750793021519&window=5000",
        signature="ytBg5OHTrHiDeBD0G09OLcO3FE/Nck8P6LFm/fDHOvc21g84cJRCbczlOhl37/DxvQO7TDIu+vi6kGbiDcsJDA==",
    ),
    Vector(
        name="V16",
        instruction="accountUpdate",
        params=[{"autoLend": False}],
        timestamp=1750793021519,
        text="instruction=accountUpdate&autoLend=false&timestamp=1750793021519&window=5000",
        signature="xnErRZ5yrmjN+oSXcYSfNjpwjtDnzDrUjUPoG/8G9cp3vHIbHSPNvcwJ6XHfYJTfb8qtXfGTxysz4DZk6SdsBQ==",
    ),
    Vector(
        name="V17",
        instruction="maxOrderQuantity",
        params=[{"autoLendRedeem": True, "price": "140.5", "side": "Bid", "symbol": "SOL_USDC"}],
        timestamp=1750793021519,
        text="instruction=maxOrderQuantity&autoLendRedeem=true&price=140.5&side=Bid&symbol=SOL_USDC&timestamp=1750793021519&window=5000",
        signature="8uQkzes+7ozaVPPwqvbeL9sGzGRqWE9+f0AjKajRTJTfnJXwJ+ExJyI5FeaxKIf2mOWdT8sHd+6vQFPgLx+TCQ==",
    ),
    Vector(
        name="V18",
        instruction="orderHistoryQueryAll",
        params=[{"limit": 100, "offset": 0, "sortDirection": "Desc", "symbol": "SOL_USDC"}],
        timestamp=1750793021519,
        text="instruction=orderHistoryQueryAll&limit=100&offset=0&sortDirection=Desc&symbol=SOL_USDC&timestamp=1750793021519&window=5000",
        signature="c0mCat76hUL5yQkfgMtK3K3Rqz0KH/pTW7qW/B/x8tl5HLE+BM1yTf+OdLND0CJgZaH6Qb55g/5cGu2P7SKwAg==",
    ),
]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
@pytest.mark.parametrize("secret", [SECRET, LONG_SECRET], ids=["seed", "pair"])
def test_a_call_is_signed_as_the_reference_says(vector: Vector, secret: str) -> None:
    signer = Signer(API_KEY, secret)
    calls = [(vector.instruction, params) for params in vector.params]

    assert signing_string(calls, vector.timestamp, SIGNED_FOR) == vector.text
    assert signer.sign_batch(vector.instruction, vector.params, vector.timestamp, SIGNED_FOR) == vector.signature
    if len(vector.params) == 1:
        assert signer.sign(vector.instruction, vector.params[0], vector.timestamp, SIGNED_FOR) == vector.signature


def test_a_subscription_carries_key_signature_time_and_window_as_text() -> None:
    vector = next(vector for vector in VECTORS if vector.instruction == "subscribe")

    subscription = Signer(API_KEY, SECRET).subscription(vector.timestamp, SIGNED_FOR)

    assert subscription == [API_KEY, vector.signature, str(vector.timestamp), "5000"]


def test_white_space_around_the_keys_does_no_harm() -> None:
    assert Signer(f" {API_KEY}\n", f"{SECRET} ").api_key == API_KEY


def test_a_signer_never_shows_its_secret() -> None:
    signer = Signer(API_KEY, SECRET)

    assert repr(signer) == f"Signer('{API_KEY}')"
    assert SECRET not in f"{signer} {signer!r}"


def _text(size: int) -> str:
    return base64.b64encode(bytes(range(size))).decode()


@pytest.mark.parametrize(
    ("api_key", "secret", "problem"),
    [
        ("", SECRET, "API key has 0 bytes"),
        ("no base64!", SECRET, "API key is not base64"),
        (API_KEY[:-1], SECRET, "API key is not base64"),
        (_text(31), SECRET, "API key has 31 bytes"),
        (API_KEY, "ключ", "secret is not base64"),
        (API_KEY, SECRET[:-2], "secret is not base64"),
        (API_KEY, _text(33), "secret has 33 bytes"),
        (_text(32), SECRET, "does not belong"),
        (API_KEY, API_KEY, "does not belong"),
    ],
)
def test_a_wrong_key_is_refused_by_name_and_not_shown(api_key: str, secret: str, problem: str) -> None:
    with pytest.raises(BadKey, match=problem) as refused:
        Signer(api_key, secret)

    assert secret not in str(refused.value)
    assert refused.value.__context__ is None
