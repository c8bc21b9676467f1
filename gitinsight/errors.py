"""Every error that GitInsight raises on purpose, in one tree.

A class carries a stable ``code`` that programs may rely on; its message is one sentence for people
that says what happened and, where there is one, what to do next. ``web.errors`` alone translates
classes into HTTP statuses, ``cli`` alone into exit codes.
"""

from __future__ import annotations

from typing import Any


class GitInsightError(Exception):
    """Base of the tree: catching it catches everything that was raised on purpose."""

    code = "INTERNAL_SERVER_ERROR"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class ConfigurationError(GitInsightError):
    """A setting is missing or wrong; the process must not start."""

    code = "CONFIGURATION_ERROR"


class ValidationError(GitInsightError):
    """A value from outside is not of the documented form."""

    code = "VALIDATION_ERROR"


class SourceRefused(ValidationError):
    """A repository address is of a kind that this installation does not open."""


class ExportRefused(ValidationError):
    """An export cannot be written where it is asked for."""


class AuthenticationRequired(GitInsightError):
    """Nobody is signed in, or the credential is unknown, expired or revoked."""

    code = "AUTHENTICATION_REQUIRED"


class AuthorizationDenied(GitInsightError):
    """The signed-in user may see the thing but not do this with it."""

    code = "AUTHORIZATION_DENIED"


class NotFound(GitInsightError):
    """No such thing, or none that this viewer may know of."""

    code = "NOT_FOUND"


class RepositoryNotFound(NotFound):
    """No repository of this id is visible to the viewer."""

    code = "REPOSITORY_NOT_FOUND"


class JobNotFound(NotFound):
    """No analysis job of this id is visible to the viewer."""

    code = "JOB_NOT_FOUND"


class ArtifactNotFound(NotFound):
    """The newest run of this analyzer left no artifact of this name."""

    code = "ARTIFACT_NOT_FOUND"


class MetricNotFound(NotFound):
    """No analyzer declares this metric, or it has no points for this repository."""

    code = "METRIC_NOT_FOUND"


class AnalysisInProgress(GitInsightError):
    """The repository is being analysed already; ``details["job_id"]`` names the running job."""

    code = "ANALYSIS_IN_PROGRESS"


class RateLimitExceeded(GitInsightError):
    """Too many requests in the window; ``details["retry_after"]`` is in seconds."""

    code = "RATE_LIMIT_EXCEEDED"


class AuditLogDamaged(GitInsightError):
    """The audit log's end or one of its anchors is not what this installation signed."""

    code = "AUDIT_LOG_DAMAGED"


class SourceError(GitInsightError):
    """A repository could not be brought here or read."""

    code = "SOURCE_ERROR"


class SourceUnreachable(SourceError):
    """The address does not answer, does not exist, or wants credentials."""

    code = "SOURCE_UNREACHABLE"


class SourceEmpty(SourceError):
    """The repository has no commit on the branch to analyse."""

    code = "SOURCE_EMPTY"


class SourceTooLarge(SourceError):
    """The repository passed the operator's limit on size or time."""

    code = "SOURCE_TOO_LARGE"


class SourceDamaged(SourceError):
    """Git could not read an object that the history needs."""

    code = "SOURCE_DAMAGED"


class AnalysisCancelled(GitInsightError):
    """Somebody cancelled the job while it ran."""

    code = "ANALYSIS_CANCELLED"


class PluginError(GitInsightError):
    """A plugin failed; its own results are lost and nothing else."""

    code = "PLUGIN_ERROR"


class ReportInvalid(PluginError):
    """An analyzer returned a report that breaks the contract."""

    code = "REPORT_INVALID"


class TableInvalid(PluginError):
    """A plugin's table for exports has rows that are not of its columns."""

    code = "TABLE_INVALID"


class AnalyzerTimedOut(PluginError):
    """An analyzer passed its time limit and was stopped."""

    code = "ANALYZER_TIMED_OUT"


class AnalyzerOutOfMemory(PluginError):
    """An analyzer passed its memory limit and was stopped."""

    code = "ANALYZER_OUT_OF_MEMORY"


class AnalyzerCrashed(PluginError):
    """An analyzer raised, or its process ended without a report."""

    code = "ANALYZER_CRASHED"


class ModelNotFound(NotFound):
    """No plugin brings a model for this task."""

    code = "MODEL_NOT_FOUND"


class InferenceBusy(GitInsightError):
    """Too many wait for a model already; ``details["retry_after"]`` is in seconds."""

    code = "SERVICE_UNAVAILABLE"


class InferenceLimitExceeded(GitInsightError):
    """A model passed its limit on time or memory with what it was given, and was stopped."""

    code = "INFERENCE_LIMIT_EXCEEDED"


class InferenceFailed(PluginError):
    """A model raised, answered nonsense, or its process died."""

    code = "INFERENCE_FAILED"


class ExportBusy(GitInsightError):
    """Too many exports are being written already; ``details["retry_after"]`` is in seconds."""

    code = "SERVICE_UNAVAILABLE"


class ExportFailed(GitInsightError):
    """An export could not be written within its limits."""

    code = "EXPORT_FAILED"


class BadgeNotFound(NotFound):
    """There is no badge of this name."""

    code = "BADGE_NOT_FOUND"
