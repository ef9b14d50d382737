"""What a project generates, and its files: configuration, ownership, writing."""

from capnweb_gen.project.compare import Change, Kind, Output, Sweep, compare
from capnweb_gen.project.config import Settings
from capnweb_gen.project.dependencies import imported_files
from capnweb_gen.project.findings import report_drift, report_failure, report_obstacle
from capnweb_gen.project.jobs import Job, Work, plan_work
from capnweb_gen.project.manifest import MANIFEST, was_generated
from capnweb_gen.project.start import API, GITHUB, PRE_COMMIT, with_table
from capnweb_gen.project.watch import INTERVAL, changes
from capnweb_gen.project.write import carry_out

__all__ = [
    "API",
    "GITHUB",
    "INTERVAL",
    "MANIFEST",
    "PRE_COMMIT",
    "Change",
    "Job",
    "Kind",
    "Output",
    "Settings",
    "Sweep",
    "Work",
    "carry_out",
    "changes",
    "compare",
    "imported_files",
    "plan_work",
    "report_drift",
    "report_failure",
    "report_obstacle",
    "was_generated",
    "with_table",
]
