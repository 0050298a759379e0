"""What to do about a failed image: the console's second sentence, after the engine's own."""

_ADVICE = {
    "InvalidInput.InvalidTimeOffset": "Change the start or end offset in the task flow, or use a longer video.",
    "InvalidInput.ResultFileSizeTooLarge": "Choose a shorter segment, a smaller size or a lower frame rate.",
    "InvalidInput.ConfigurationUnsupported": "Try a shorter segment or a smaller size in the template.",
    "InvalidInput.DefinitionNotExist": "Choose another template in the task flow.",
    "InvalidInput": "Check the values of the template and the times in the task flow.",
    "SourceFileError.NoVideoMedia": "There is only sound, or nothing, in this file. Upload one with a video stream.",
    "SourceFileError.NoVideoResolution": "The video doesn't tell its size. Convert it to MP4 (H.264), upload again.",
    "SourceFileError.ContentMalformed": "The file is damaged. Export it anew, say to MP4 (H.264), and upload that.",
    "SourceFileError.ContentUnsupported": "Convert the video to a common format such as MP4 (H.264), upload again.",
    "SourceFileError": "Check that the file plays on your own computer, and upload it again.",
    "InternalError": "Retry. If it happens again, show the operator this page: the worker's log has the details.",
}


def advice(err_code: str) -> str:
    """For an ErrCodeExt of docs/protocol 2.8; an unknown one is advised like its family."""
    family = err_code.partition(".")[0]
    return _ADVICE.get(err_code) or _ADVICE.get(family) or _ADVICE["InternalError"]
