"""What is half done is said where a person could leave it so, and ended from where it is seen."""

from __future__ import annotations

from dataclasses import replace

from console.model import Order, Ref, Verdict
from console.model.affairs import OpenAct
from console.model.wishes import PlanIt
from tests.widgets import affairs, boards
from tests.widgets.stage import picture, stage
from widgets.act import ActDialog
from widgets.careful import DEAF
from widgets.choice import Choice
from widgets.leaving import Leaving
from widgets.unfinished import Unfinished
from widgets.wishes import Wanted

HALF = "stopped by us, never started"
ORDER = Order("ec2-stop-start", (Ref("instance", "sakai/prod", "i-0aaa"),))
FAILED = Verdict("failed", f"{HALF}; now stopped")


async def test_quitting_says_loudly_what_would_stay_half_done() -> None:
    async with stage() as (app, pilot):
        for left, loud in (("", False), (HALF, True)):
            app.affairs = affairs.doing("k", phase="flying", fired_at=boards.ago(42), left=left)
            await app.push_screen(Leaving())
            await pilot.pause()
            seen = picture(app)
            assert (f"HALF DONE: Restart ElastiCache 堺 · sakai-redis: {HALF}." in seen) == loud
            assert ("Quit now, and that is how it STAYS." in seen) == loud
            assert ("under way: Restart" in seen) != loud
            app.pop_screen()


async def test_the_rest_of_an_act_is_offered_once_it_is_known_to_be_half_done() -> None:
    wishes = []

    def heard(message: object) -> None:
        if isinstance(message, Wanted):
            wishes.append(message.wish)

    async with stage(hook=heard) as (app, pilot):
        half = OpenAct("a", f"it was begun; {HALF}", rest="start it again", order=ORDER)
        app.affairs = replace(affairs.AFFAIRS, unfinished=(half,))
        await pilot.pause()
        assert isinstance(app.screen, Unfinished) and "Start it again" not in picture(app)
        app.affairs = replace(app.affairs, unfinished=(replace(half, verdict=FAILED),))
        await pilot.pause()
        (offer,) = (one for one in app.screen.query(Choice) if one.id == "rest-a")
        assert offer.label == "Start it again (i-0aaa)" and not offer.has_focus
        await pilot.pause(DEAF)
        offer.action_press()
        await pilot.pause()
        assert isinstance(app.screen, ActDialog)
        (plan,) = [one for one in wishes if isinstance(one, PlanIt)]
        assert plan.order == ORDER and plan.key == app.screen.doing_key
