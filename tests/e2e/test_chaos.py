"""Five deaths at random moments in a hostile world, and nothing is lost, doubled, left over or touched."""

from pathlib import Path

from tests.e2e.chaos import chaos

KILLS = 5
SEED = 20260205


async def test_five_kills_with_faults_on_both_servers_lose_nothing(tmp_path: Path) -> None:
    async with chaos(tmp_path, SEED) as world:
        for _ in range(KILLS):
            await world.kill()

        assert await world.calm() == []
        assert await world.wrong() == []
        assert world.counts["kills"] == KILLS
        assert world.counts["round trips"] > 0
