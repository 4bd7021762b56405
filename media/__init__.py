"""What pictures, videos and sounds really are, whatever their names say.

The only room that starts other programs and that parses media.

    read.py          looks at one local file by its content, with the first reader that understands it
    pictures.py pyav.py ffprobe.py mediainfo.py   its readers; streams.py and boxes.py are what some of them share
    first_bytes.py   says what a file that is no medium seems to be
    probe.py         the same, in child processes: a file that crashes or hangs a parser harms nobody else
    probe_worker.py  what runs in such a child process
    network.py       which network addresses media may come from
    cache.py         media that were fetched, kept for all drafts and processes
    fetching.py      what fetching means to those who ask for it
    hosts.py         how many fetches a host gets at once; a circuit breaker for each
    samples.py       the built-in media, `asset://samples/...`
    address.py       what a medium may be called by
    library.py       brings media by URL and remembers what it learned of them
    cover.py         the picture an app shows in its list of drafts
    private.py       headers that callers give for media of theirs

To read a new kind of file: write one more reader and add it to `READERS` in `read.py`, in the order of trust.
"""
