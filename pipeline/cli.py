"""The command line: every verb of sinkrate, in the order one meets them."""

from pathlib import Path

import click
from rich.text import Text

from pipeline.commands import bench, collect, decide, flow, keep, lab, measure, score
from pipeline.commands.common import console
from pipeline.errors import SinkrateError
from pipeline.paths import Paths

EPILOG = """\b
Exit codes: 0 done · 1 some rows were refused, or a dry run found a difference · 2 wrong input or option
            3 a portal's page was refused or not understood · 4 the gate refused to publish · 5 the cluster failed"""


class Verbs(click.Group):
    """Lists the verbs in the order one meets them; turns errors raised on purpose into one message and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except SinkrateError as error:
            console.print(Text.assemble(("sinkrate:", "bold red"), f" {error}"), soft_wrap=True)
            ctx.exit(error.exit_code)
            return None


@click.group(
    cls=Verbs, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 118}
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data"),
    show_default=True,
    help="Data directory.",
)
@click.version_option(package_name="sinkrate")
@click.pass_context
def main(ctx: click.Context, data: Path) -> None:
    """石沉榜: public complaints about sellers of virtual goods → per-platform scorecards anyone can check.

    \b
    The whole way:  sinkrate crawl heimao   collect public pages        → DATA/raw
                    sinkrate run            redact, group, judge, score → DATA/public/sinkrate.db
                    sinkrate build          the website                 → DATA/public/site
                    sinkrate serve          both on this machine
    Without a portal at hand, `sinkrate lab crawl` collects from an invented one.
    """
    ctx.obj = Paths(data.resolve())


VERBS = (
    collect.crawl, collect.import_, flow.run, flow.build, flow.check, keep.verify, flow.table, flow.serve,
    score.score, score.notice, decide.aliases, decide.merges, decide.calendar,
    measure.evaluate, measure.sample, bench.bench, flow.stage, collect.reparse, collect.purge, collect.new_portal,
    keep.doctor, keep.backup, keep.restore, keep.expose, lab.lab,
)  # fmt: skip
for verb in VERBS:
    main.add_command(verb)


if __name__ == "__main__":
    main()
