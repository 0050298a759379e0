"""Written by `python -m tests.sentences`; what animator says, for the catalogues."""

from animator.core.languages import mark as _

SENTENCES = (
    _(
        "A crossfade of {crossfade} s takes a picture of twice that at least; without it this one would last {sampled} s. Choose a longer segment."
    ),
    _("A moment is a number of seconds like 3.5s, or a share of the video like 10%, not {moment}."),
    _("A moment lies within the video: 0% to 100%, not {moment}."),
    _("A piece lasts {shortest_piece} to {longest} s, or is one picture (0), not {piece}."),
    _("A poster is a .jpg or .webp file, not {told}."),
    _("A size or count of stills is a whole number from 0 to {most}, not {value}."),
    _("A still every {every} of a video of {duration} s would be more than {most}. Choose a longer interval."),
    _("A still is a jpg, png or webp, filled with one of {names}."),
    _("Adaptive must be true or false, not {adaptive}."),
    _("Also good: {also}."),
    _("An MP4 or AVIF made here has no transparency: it is shown on white."),
    _("At most {most} moments can be asked for at once."),
    _("Choose a shorter segment, a smaller size or a lower frame rate."),
    _("Chosen: {start}–{end} s ({reasons})."),
    _("Either the best seconds are shown (auto) or pieces of all, not both."),
    _("Every picture was coded whole, as the engine's kernel is not built here: the file could be smaller."),
    _("In the file another programme begins later, and isn't shown."),
    _(
        "It flashes in saturated red {times} times within a second, {moment} s in: more than {most} may cause seizures (WCAG 2.3.1)."
    ),
    _("It flashes {times} times within a second, {moment} s in: more than {most} may cause seizures (WCAG 2.3.1)."),
    _("Made with FFmpeg's palette filters, as the engine's kernel is not built here: the file could be smaller."),
    _("Name each of {names} once at most, with commas between."),
    _("Not one key frame of the video could be decoded."),
    _("Not one picture of the video could be decoded in this segment."),
    _("Not one picture of the video could be decoded where it was looked for the best."),
    _("Nothing is left to choose from: what is skipped covers start to end."),
    _("Pictures of 10 ms and less are shown for 100 ms, as browsers do with an animated PNG."),
    _("Pictures of less than 20 ms are shown for 100 ms, as browsers do with a GIF."),
    _("Pieces have no seam that could be moved or faded: choose the loop cut or bounce."),
    _("Reverse must be true or false, not {reverse}."),
    _("Sampled at {max_gif_fps} frames a second instead of {fps}: browsers slow a faster GIF down."),
    _("Stills are of moments or of every so much, and a sheet has rows and columns."),
    _("The anchor is one of {names}, not {anchor}."),
    _("The background is a colour such as #ffffff, or {transparent}, not {colour}."),
    _("The child that read the file answered with nonsense ({error})."),
    _("The child that read the file died ({how}): the file is damaged in a way that breaks the decoder."),
    _("The crop is x,y,width,height in pixels, or an aspect such as 16:9, not {crop}."),
    _("The crop {crop} reaches past the picture, which measures {width}x{height} pixels."),
    _("The crossfade is 0 or {low} to {high} seconds, not {crossfade}."),
    _("The engine failed at this file. The server's log has the details."),
    _("The file asks for a part of its coded pictures, {width}x{height} from {left},{top}, and that is what is shown."),
    _("The file can't be read as a video: {error}."),
    _("The file has a video stream, but nothing in it says how large its pictures are."),
    _("The file has no video stream, so there is nothing to make a picture of."),
    _("The file has sound alone ({codec}) and no video stream, so there is nothing to make a picture of."),
    _("The file is {what}."),
    _("The file isn't a video that can be read: its format is unknown or refused, or its data is damaged."),
    _("The file says of no picture when it is shown: {rate} a second are."),
    _("The file's clock jumps: its {count} recordings are shown one after the other."),
    _("The file's header says {duration} s; its pictures last {duration2} s."),
    _("The file's video is coded as {name}, which isn't supported."),
    _("The file's video is coded in a way that isn't supported."),
    _("The file's video is encrypted: without its key there is nothing to see in it."),
    _("The fit is one of {names}, not {fit}."),
    _("The format must be gif or webp, not {format}."),
    _("The job made no progress for {stall_seconds} s."),
    _("The job needed more than the {memory_bytes} MiB of memory that one job may use."),
    _("The job took longer than the {wall_seconds} s that one job may take."),
    _("The job used more than the {cpu_seconds} CPU seconds that one job may use."),
    _("The least {what} is between 1 and {most}, not {value}."),
    _("The loop count is 0 (for ever) or 1 to {most_plays}, not {loop_count}."),
    _("The loop is one of {names}, not {loop}."),
    _("The output grew past the largest size that is allowed. Choose a shorter segment or a smaller size."),
    _(
        "The output would measure {width}x{height} pixels; no edge may be longer than {max_output_edge}. Choose a smaller width or height."
    ),
    _(
        "The picture can't be made within {max_bytes} bytes: the smallest that its least quality, frame rate and size allow has {smallest} bytes. Allow more bytes or lower floors, or choose a shorter segment."
    ),
    _("The picture itself is the {picture}: name what is made beside it."),
    _("The process that runs the codecs can't be started."),
    _("The process that runs the codecs can't be started: {error}"),
    _("The process that runs the codecs died during the job."),
    _("The process that runs the codecs gave no sign of life for {allowed} s."),
    _("The quality must be between 1 and 100, not {quality}."),
    _(
        "The segment lasts {duration} s, {fps} frames of {size}; at this size and {fps2} frames a second the longest that passes is {most} s. Choose a shorter segment, a smaller size or a lower frame rate."
    ),
    _(
        "The segment would start at {first} s (offset {start}) but end at {last} s (offset {end}) of a video that lasts {length} s: the start must come before the end."
    ),
    _(
        "The sheet would measure {width}x{height} pixels; no edge may be longer than {max_sheet_edge}. Choose smaller stills, or fewer rows and columns."
    ),
    _("The slack is 0 (0.5) or {slacks} to {slacks2} seconds, not {slack}."),
    _("The source can't be opened: there is no such file."),
    _("The source can't be opened: {strerror}."),
    _("The source isn't a plain file."),
    _("The span between two stills is longer than nothing."),
    _("The speed is {speeds} to {speeds2}, not {speed}."),
    _("The start offset {start} s lies at or past the end of the video, which lasts {length} s."),
    _("The still's offset must be a number of seconds, not {at}."),
    _(
        "The system killed the process that made this, as it does when the machine runs out of memory. Give the machine more memory or run fewer jobs at once; or choose a smaller size, a lower frame rate or a shorter segment."
    ),
    _(
        "The video is Dolby Vision profile {profile}, whose colours only Dolby's decoders know. Export it as HDR10, HLG or SDR."
    ),
    _("The video's last picture is from {last} s; it stays until the end."),
    _(
        "The video's pictures measure {long}x{short} pixels; the largest that is taken is {max_source_width}x{max_source_height}."
    ),
    _("The {what} must be a whole number between {low} and {high}, not {value}."),
    _("The {which} offset must be a number of seconds, not {offset}."),
    _("There are {fewest} to {most} pieces, not {pieces}."),
    _("There is no directory {parent} to write to."),
    _("There is no file {input}."),
    _("There is no seam for a crossfade where the picture goes there and back (bounce)."),
    _("This isn't a choice of seconds: {error}."),
    _("This isn't an animation spec: {error}."),
    _("This isn't an order of stills: {error}."),
    _("This isn't an order: {error}."),
    _("To stay within {max_bytes} bytes: {told}."),
    _("Trim borders must be true or false, not {trim_borders}."),
    _("Two of the files to write can't both be {name}."),
    _("What gives way is named once each, of {names}, not {names2}."),
    _("What gives way is told as words with commas between, not {give_way}."),
    _("What is chosen lasts {shortest} to {longest} s, not {auto}."),
    _("What is made beside the picture makes no sense: {wrong}"),
    _("What is skipped at both ends is 0 to 100 % of the video each, and less together."),
    _("What is transparent in the video comes out opaque: its second layer (HEVC with alpha) can't be read here."),
    _("Within the source's size is true or false, not {within_source}."),
    _("Within {max_bytes} bytes as it was asked for."),
    _("Without the {kind}: it would have {size} bytes, and the source has {most}."),
    _(
        "{count} stills of {width}x{height} are more pixels than the {max_output_pixels} that pass. Choose a longer interval or a smaller size."
    ),
    _("{damaged} damaged packets of the video, of {read} read, were left out."),
    _("{moment} lies past the end of the video, which lasts {duration} s."),
    _("{name} changes nothing without {names}."),
    _("{name} is the source itself: choose another name for the output."),
    _(
        "{what} holds {pictures} pictures in memory, {pictures2} MiB; at this size at most {max_held_bytes} pass ({max_held_bytes2} MiB). Choose a shorter segment, a smaller size or a lower frame rate."
    ),
)
