extension ErrorCatalogue {
    /// Files, formats and the machine below.
    static let files: [Entry] = [
        Entry(
            "archive.tar", 500, "The program tar could not write or read a version archive.",
            cause: "The file is not an archive, the disk is full, or tar is not installed.",
            next: "Check the space with df -h, and the file with: tar -tf FILE"),
        Entry(
            "calendar.unknown", 422, "A day lies beyond what the market's calendar knows.",
            cause:
                "Its table of holidays ends before the day, its rules begin after it, or the wrong calendar is named.",
            next: """
                Update hftml, or state hours and holidays in the market file: \
                calendar: {open: "09:30", close: "16:00", holidays: [2027-01-01]}
                """),
        Entry(
            "caller.no-directory", 404, "The directory that the command was started in has been removed.",
            cause: "Another program removed or replaced it while the shell stood in it.",
            next: "Change to a directory that is there, or name one: hftml -C /path status"),
        Entry(
            "config.invalid", 400,
            """
            A configuration, a gate's policy or a JSON document says something that is not allowed; file, line and \
            column are in the message.
            """,
            cause: "An unknown key, a value of the wrong kind or out of range, a missing key, or an unknown name.",
            next: """
                Correct the line that the message names. It lists the valid keys or names; those of stages are in: \
                hftml pipeline lint --help; those of a gate's policy in: hftml gates rules
                """),
        Entry(
            "config.path", 400, "A dotted option path leads nowhere, such as a position beyond the end of a list.",
            cause: "The path after --set does not fit the configuration.",
            next: "Look at the configuration, and name an existing place: --set layers.0.units=64"),
        Entry(
            "config.syntax", 400, "A line of .dvc/config is neither a section nor `key = value`.",
            cause: "The file was edited by hand.",
            next: """
                Correct the line that the message names, or set the value with: hftml remote modify NAME OPTION VALUE
                """),
        Entry(
            "csv.encoding", 422, "A CSV file is not written in UTF-8, and a name in it cannot be read.",
            cause: "It was exported as Latin-1 or Windows-1252. Names that differ would become one.",
            next: "Convert the file: iconv -f LATIN1 -t UTF-8 FILE > NEW"),
        Entry(
            "csv.syntax", 422, "A CSV file breaks the rules of quoting, or a record is too long to be one.",
            cause: "A quote is not closed, or text follows a closing quote.",
            next: "Correct the line that the message names: close the quote, or double it inside quoted text."),
        Entry(
            "file.archive", 422, "A zip archive is damaged, or holds what cannot be read: the message says what.",
            cause: "The download was interrupted, or the archive is encrypted, split, or has several members.",
            next: "Check it with unzip -t FILE, and unpack it by hand: unzip FILE"),
        Entry(
            "file.arrow", 422, "An Arrow or Feather file is damaged, or holds what is not read or written.",
            cause: "It was cut short, written by a program that failed, or has nested columns.",
            next: "Follow the message, and compare: python3 -c \"import pyarrow.feather as f; f.read_table('FILE')\""),
        Entry(
            "data.ambiguous", 422, "A file can be read in two ways, and nothing in it says which is meant.",
            cause: "Dates with the month or the day first, a point or a comma before decimals, or two units of time.",
            next: "Say which it is with the option that the message names, or write the file in one way."),
        Entry(
            "data.cadence", 422, "Bars of several lengths stand in one file.",
            cause: "Files of different intervals were joined, or the descriptor names another interval.",
            next: "Split the file by the length of its bars, or correct the interval."),
        Entry(
            "data.cell", 422, "A cell or a row of a CSV file is not as the others are.",
            cause: "The file was cut short or edited, or the column holds something else.",
            next: "Correct or remove the line that the message names, or fetch the file again."),
        Entry(
            "data.decimals", 422, "No number of decimals keeps all prices of a file.",
            cause: "Very small and very great numbers stand together, or too few decimals were asked for.",
            next: "Split the file by instrument, or divide the numbers"),
        Entry(
            "data.import-files", 422, "Files to import cannot be read, or something lies where they would be written.",
            cause: "They are of no known format, their times name no zone, or an output is there already.",
            next: "Take them out of what is imported, or say what they do not: hftml import files FILE --zone ZONE"),
        Entry(
            "data.unread-files", 422, "A directory of market data holds files that nobody would read.",
            cause: """
                Their names end as nothing that is read; the digest of the data covers them, so results would seem to \
                rest on them.
                """,
            next: "Move them out of the directory; see what a file is: hftml data head FILE"),
        Entry(
            "data.meaning", 422, "The values of a column contradict its name on many rows.",
            cause: "Columns were named wrongly or in another order.",
            next: "Correct the header, or say which column is what with columns: {high: NAME}."),
        Entry(
            "data.order", 422, "Bars of an instrument repeat a time or turn back.",
            cause: "Files were joined out of order, or a wall clock was put back.",
            next: "Sort the file and remove repeated rows, or name the zone of its times."),
        Entry(
            "file.broken-link", 404, "A symbolic link points to nothing.",
            cause: "Its target was moved or removed.",
            next: "Find broken links and remove or correct them: find . -xtype l"),
        Entry(
            "file.compressed", 422, "Compressed bytes are damaged, cut short, or followed by something else.",
            cause: "The download was interrupted, or the file was written by a program that failed.",
            next: "Fetch the file again, and check it with the program that made it: zstd -t, bzip2 -t"),
        Entry(
            "file.encoding", 422, "A text file holds bytes that are not UTF-8.",
            cause: "It was saved in another encoding.",
            next: "Convert it: iconv -f LATIN1 -t UTF-8 FILE"),
        Entry(
            "file.failed", 500, "The system refused an operation on a file; the message says which, where and why.",
            cause: "Missing permissions, a full disk, or a directory where a file is expected.",
            next: "Check with: ls -ld PATH && df -h PATH"),
        Entry(
            "file.gzip", 422, "A compressed file is damaged or ends too early.",
            cause: "The download was interrupted.",
            next: "Check it with gzip -t FILE, and fetch it again."),
        Entry(
            "file.lock", 409, "In the place of a lock lies a link, or a file that is none.",
            cause: "Somebody put it there; a lock is written over, so what a link leads to would be lost.",
            next: "Look at it and at who made it, then move it away: mv FILE FILE.aside"),
        Entry(
            "file.missing", 404, "There is no file at that path.",
            cause: "A typing mistake, another working directory, or data that was not fetched.",
            next: "Check the path; tracked data comes back with: hftml pull"),
        Entry(
            "file.name", 422, "A file name is not valid UTF-8.",
            cause: "The file comes from a system with another encoding of names.",
            next: "Rename it, for example with: convmv -f latin1 -t utf8 --notest DIRECTORY"),
        Entry(
            "file.no-library", 500, "The library that decompresses a file is not installed.",
            cause: "Libraries for compressed files are loaded when a file needs them; this machine lacks one.",
            next: "Install the package that the message names, or decompress the file by hand."),
        Entry(
            "file.parquet", 422, "A Parquet file is damaged, or holds what is not read; the message says what.",
            cause: "The download was interrupted, or the file has a codec, type or encoding that few programs read.",
            next: "Fetch the file again, or write it with flat columns and zstd: pyarrow.parquet.write_table"),
        Entry(
            "file.special", 422, "Something else lies where only files and directories are expected: a socket, a link.",
            cause: "A program left it in the data directory, or Git brought a link to a place that hftml writes to.",
            next: "Move it out of the directory: find . -not -type f -not -type d; a link: look at who committed it"),
        Entry(
            "file.too-large", 413, "A file that is read as a whole holds more than it may, perhaps when decompressed.",
            cause: "It is no file of the kind that is expected here, or one that was made to fill the memory.",
            next: "Look at its size when decompressed: gzip -l FILE, or unzip -l FILE"),
        Entry(
            "internal", 500, "Something went wrong that no part of the program foresaw.",
            cause: "A mistake in hftml, or a fault of the system below it.",
            next: "Run the command again with --verbose, and report what it prints."),
        Entry(
            "json.syntax", 422, "A JSON document is malformed; line and column are in the message.",
            cause: "The file was cut, edited by hand, or is not JSON.",
            next: "Check it with: python3 -m json.tool FILE"),
        Entry(
            "kernels.precision", 400, "The kernels that the configuration asks for compute in float32 only.",
            cause: "OpenBLAS has no product of bfloat16 parts; our own kernels do.",
            next: "Train with them: hftml train CONFIG -o DIRECTORY --set training.kernels=panels"),
        Entry(
            "openblas.missing", 500, "OpenBLAS, which the configuration asks for, is not on this machine.",
            cause: "The package libopenblas0 is not installed, or its file is damaged.",
            next: "Install it with: apt-get install libopenblas0"),
        Entry(
            "output.stdout", 500, "What a command prints could not be written to its stdout.",
            cause: "The stdout is closed, or leads to a file on a full disk.",
            next: "Check the space with df -h; what the command does is done, so look at it with: hftml status"),
        Entry(
            "precision.not-granted", 400,
            "The processor cannot compute in the precision that the configuration asks for.",
            cause: "The precision split-bf16 needs AMX tiles, which this machine lacks or does not grant.",
            next: "Train in float32: hftml train CONFIG -o DIRECTORY --set training.precision=float32"),
        Entry(
            "threads.start", 500, "The system did not let the program start its threads.",
            cause: "A limit on processes or memory, as containers set it.",
            next: "Ask for fewer: --threads 1"),
        Entry(
            "time.zone", 400, "The time zone is unknown.",
            cause: "An abbreviation such as EST, a typing mistake, or a system without zone data.",
            next: "Use an IANA name such as America/New_York; zone data comes with: apt-get install tzdata"),
        Entry(
            "toml.syntax", 400, "A TOML file is malformed; line and column are in the message.",
            cause: "The file was edited by hand, or is not TOML.",
            next: "Correct the place that the message names."),
        Entry(
            "yaml.syntax", 400,
            "A YAML file is malformed, holds a key twice, or is larger than a configuration may be.",
            cause: """
                Wrong indentation, a missing quote, an alias without its anchor, or a file that is not a \
                configuration.
                """,
            next: "Correct the place that the message names."),
    ]
}
