"""What moves money without a trade, as the client reads it: transfers, dust, interest, loans, settlements."""

from exchange.backpack.client import BackpackClient
from tests.captures import DEPOSIT, read
from tests.contract.scripted import Scripted, assert_signed


async def test_deposits_and_withdrawals_are_movements(client: BackpackClient, exchange: Scripted) -> None:
    exchange.reply("GET /wapi/v1/capital/deposits", [read(DEPOSIT), read(DEPOSIT, id=8, status="pending")])
    exchange.reply("GET /wapi/v1/capital/withdrawals", [read(DEPOSIT, createdAt="2026-01-01T00:00:00")])

    movements = await client.movements(0)

    assert [movement.key for movement in movements] == ["withdrawal:7", "deposit:7"]
    assert_signed(exchange.asked("GET /wapi/v1/capital/deposits")[0], "depositQueryAll")


LOAN = {
    "eventType": "Borrow",
    "positionId": "3",
    "quantity": "10",
    "source": "Manual",
    "symbol": "USDC",
    "timestamp": "2026-01-02T00:00:00",
}
INTEREST = {
    "paymentType": "Lend",
    "interestRate": "0.01",
    "interval": 3600000,
    "marketSymbol": "USDC",
    "positionId": "3",
    "quantity": "0.5",
    "symbol": "USDC",
    "timestamp": "2026-01-03T00:00:00",
}


async def test_dust_interest_and_loans_are_movements_and_lending_is_none(
    client: BackpackClient, exchange: Scripted
) -> None:
    dust = {"id": 7, "quantity": "0.004", "symbol": "ETH", "usdcReceived": "8", "timestamp": "2026-01-01T00:00:00"}
    lent = {**LOAN, "eventType": "Lend", "positionId": "4"}
    exchange.reply("GET /wapi/v1/history/dust", [dust])
    exchange.reply("GET /wapi/v1/history/interest", [INTEREST, {**INTEREST, "paymentType": "Borrow"}])
    repaid = {**LOAN, "eventType": "BorrowRepay", "quantity": "4"}
    exchange.reply("GET /wapi/v1/history/borrowLend", [lent, LOAN, repaid])

    moved = await client.other_movements(0)

    found = [(str(one.kind), str(one.asset), str(one.amount)) for one in moved]
    assert found == [
        ("dust", "ETH", "-0.004"),
        ("dust", "USDC", "8"),
        ("loan", "USDC", "10"),
        ("loan", "USDC", "-4"),
        ("interest", "USDC", "0.5"),
        ("interest", "USDC", "-0.5"),
    ]
    assert_signed(exchange.asked("GET /wapi/v1/history/borrowLend")[0], "borrowHistoryQueryAll")


async def test_where_lending_is_not_offered_dust_is_read_all_the_same(
    client: BackpackClient, exchange: Scripted
) -> None:
    exchange.reply("GET /wapi/v1/history/dust", [])
    for path in ("interest", "borrowLend"):
        exchange.reply(f"GET /wapi/v1/history/{path}", {"code": "FORBIDDEN", "message": "no"}, status=403)

    assert await client.other_movements(0) == []


SETTLED = {
    "engineSequence": 8,
    "positionId": "5",
    "quantity": "1.25",
    "source": "RealizePnl",
    "subaccountId": None,
    "timestamp": "2026-01-01T10:20:00.5",
    "userId": 1,
}


async def test_what_perpetuals_settled_comes_by_the_hour_each_row_once_and_fees_are_paid_whatever_their_sign(
    client: BackpackClient, exchange: Scripted
) -> None:
    fee = {"quantity": "0.05", "source": "TradingFees", "timestamp": "2026-01-01T10:59:59.999", "userId": 1}
    funding = {**SETTLED, "engineSequence": 9, "source": "FundingPayment", "timestamp": "2026-01-01T11:00:00"}
    older = {**SETTLED, "engineSequence": 2, "timestamp": "2026-01-01T10:00:00"}
    rows = [{**funding, "quantity": "-0.3"}, fee, {**fee, "quantity": "-0.05"}, SETTLED, SETTLED, older]
    exchange.reply("GET /wapi/v1/history/settlement", rows)

    since = 1_767_261_600_001  # a millisecond after the oldest
    hours = await client.settlements(since)

    assert [(one.at, str(one.kind), str(one.asset), str(one.amount)) for one in hours] == [
        (1_767_265_199_999, "settlement", "USDC", "1.20"),
        (1_767_268_799_999, "settlement", "USDC", "-0.3"),
    ]
    assert_signed(exchange.asked("GET /wapi/v1/history/settlement")[0], "settlementHistoryQueryAll")


async def test_where_perpetuals_are_not_offered_nothing_was_settled(client: BackpackClient, exchange: Scripted) -> None:
    exchange.reply("GET /wapi/v1/history/settlement", {"code": "FORBIDDEN", "message": "no"}, status=403)

    assert await client.settlements(0) == []
