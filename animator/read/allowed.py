"""What FFmpeg may open and decode: fixed demuxers, fixed decoders, no network, one file."""

# Containers of video files. Left out on purpose: everything that names other files or hosts (hls, concat, dash, sdp,
# image2 patterns, tty …) and every exotic parser that only widens the surface for an attack (docs/reliability.md 3).
# The last five are streams without a container (survey.BARE, survey.CAMERAS).
DEMUXERS = "mov,matroska,avi,mpegts,mpeg,flv,asf,gif,apng,ogg,mxf,rm,dv,ivf,nut,mpegvideo,h264,hevc,mjpeg,mpjpeg"
# Sound alone: looked at for its facts, and refused by its name where pictures are wanted.
SOUND_DEMUXERS = "mp3,wav,flac,amr,aac"

VIDEO_DECODERS = frozenset(
    {
        *("h264", "hevc", "vp8", "vp9", "libvpx", "libvpx-vp9", "libdav1d", "av1"),
        *("mpeg1video", "mpeg2video", "mpeg4", "msmpeg4v1", "msmpeg4v2", "msmpeg4", "h263", "h263p", "flv", "h261"),
        *("wmv1", "wmv2", "wmv3", "vc1", "prores", "prores_ks", "dnxhd", "mjpeg", "gif", "apng", "theora", "dvvideo"),
        *("ffv1", "huffyuv", "ffvhuff", "utvideo", "qtrle", "png", "rawvideo", "vp6", "vp6f", "vp6a"),
        *("rv10", "rv20", "rv30", "rv40", "cavs", "vvc"),
        # Editing
        *("cfhd", "jpeg2000", "v210", "r210", "yuv4", "y41p", "aic", "hap", "magicyuv", "lagarith"),
        # Recorders of screens and games
        *("flashsv", "flashsv2", "zmbv", "cscd", "tscc", "mss1", "mss2", "zlib", "fraps"),
        # Older computers
        *("cinepak", "svq3", "svq1", "msvideo1", "msrle", "rpza", "smc", "8bps", "indeo3", "indeo4", "indeo5"),
    }
)
# Only ever looked at by name and sampling rate; opened by FFmpeg while it looks for the streams' parameters.
AUDIO_DECODERS = frozenset(
    {
        *("aac", "mp3", "mp3float", "mp2", "mp2float", "ac3", "eac3", "opus", "libopus", "vorbis", "flac", "alac"),
        *("wmav1", "wmav2", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_u8", "pcm_alaw", "pcm_mulaw", "amrnb", "amrwb"),
    }
)
OPTIONS = {
    "format_whitelist": f"{DEMUXERS},{SOUND_DEMUXERS}",
    "codec_whitelist": ",".join(sorted(VIDEO_DECODERS | AUDIO_DECODERS)),
    "protocol_whitelist": "file",
    # A picture of an animated PNG that has no time of its own stays as long as in browsers.
    "default_fps": "10",
    # A recording in a transport stream goes on where a broadcaster or a joiner gives the video another packet id.
    "merge_pmt_versions": "1",
}
