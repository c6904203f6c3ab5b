extension ErrorCatalogue {
    /// Data under version control, raw files of markets, Git.
    static let data: [Entry] = [
        Entry(
            "data.book-chain", 422,
            "The depth updates of a recorded order book do not follow each other, or no snapshot begins it.",
            cause: "The recorder lost its connection, or did not ask for the book when it began.",
            next: """
                Cut the recording at the line that the message names, or record the exchange's depth answer behind \
                every gap. Trades and quotes of the file can be read without.
                """),
        Entry(
            "data.book-name", 422, "The name of a LOBSTER file does not say instrument, day and number of levels.",
            cause: """
                The file was renamed after it was downloaded; the name is the only place where LOBSTER states these \
                facts.
                """,
            next: "Give it back its name, such as GOOG_2012-06-21_34200000_57600000_message_10.csv."),
        Entry(
            "data.book-pair", 404, "The changes of order books and the books after them do not belong together.",
            cause: "One of LOBSTER's two files a day was not copied, or two tables of one name have other events.",
            next: "Copy the other file of the pair into the same directory, or name tables that are no pair apart."),
        Entry(
            "data.changed", 409, "The data differs from what its pointer records, so its state cannot be attested.",
            cause: "Files were edited, added or removed after the last `hftml add`.",
            next: "Record the present state, then attest it: hftml add DATA && hftml attest DATA"),
        Entry(
            "data.changed-while-reading", 409,
            "A file changed between the moment its hash was taken and the moment it was copied.",
            cause: "Another program writes into the directory.",
            next: "Stop that program and run the same command again; nothing was recorded."),
        Entry(
            "data.damaged-object", 500, "An object of the cache no longer holds the content that its name promises.",
            cause: "A disk fault, or an edit through a hard link or symbolic link to the cache.",
            next: "Find and remove damaged objects, then fetch them again: hftml verify --remove; hftml pull"),
        Entry(
            "data.exists", 409, "Something stands already where the command would write.",
            cause: "An earlier run of the same command, or a file of the same name.",
            next: "Choose another name with -o, move what is there away, or add --force where it is taken."),
        Entry(
            "data.factors", 422,
            "A list of corporate actions or tickers cannot be right, or prices cannot be adjusted by it.",
            cause: "Rows are out of order, a factor is not above 0, or two companies have one ticker at once.",
            next: """
                Correct the line that the message names, or fetch the factor and map files again; prices as they were \
                traded need none.
                """),
        Entry(
            "data.few-events", 422, "A recorded order book has too few events with both a bid and an ask to be used.",
            cause: "The file covers a moment outside trading hours, or one side of the book is empty throughout.",
            next: "Name a longer recording, or widen the span that is read."),
        Entry(
            "data.format", 422, "A file has none of the formats of market data, or not the table that was asked for.",
            cause: "It is something else, or its columns have names that nobody knows.",
            next: "See what it is: hftml data head FILE"),
        Entry(
            "data.header", 422, "A CSV file of bars lacks a column.",
            cause: "The header uses other names, or the file is not of bars.",
            next: """
                Rename the columns in the file's first line to datetime, open, high, low, close, volume (any order; \
                further columns are passed over).
                """),
        Entry(
            "data.ignore-inside", 400, "A .dvcignore file lies inside a tracked directory.",
            cause: "Its patterns would change what the directory's hash means, so DVC and hftml both refuse it.",
            next: "Move its patterns to the .dvcignore at the top of the workspace and remove the file."),
        Entry(
            "data.import", 409, "The data belongs to an import, so it is not added by hand.",
            cause: "`hftml add` was called on a path that `hftml import` or `hftml import-url` made.",
            next: "Bring it up to date instead: hftml update DATA.dvc"),
        Entry(
            "data.ignored", 409, "The path is ignored by .dvcignore, so it is no part of the data.",
            cause: "A pattern of .dvcignore fits it.",
            next: "Take the pattern out of .dvcignore, or leave the path out of version control."),
        Entry(
            "data.in-git", 409, "The path is tracked by Git, so it cannot also be under data version control.",
            cause: "The data was committed to Git before.",
            next: "Take it out of Git first: git rm -r --cached PATH"),
        Entry(
            "data.lean", 422,
            """
            A file in LEAN's layout contradicts its names or breaks the layout; the line, or the names, are in the \
            message.
            """,
            cause: "It was renamed or moved to another folder, cut short, or is of another kind of instrument.",
            next: """
                Give it back name and folder, such as minute/aapl/20140606_trade.zip, or fetch it again; look inside \
                with: unzip -p FILE | head
                """),
        Entry(
            "data.missing-object", 404, "The cache lacks an object that a pointer or lock names.",
            cause: "The data was added on another machine and never fetched here, or the cache was cleaned.",
            next: "Fetch it from the remote: hftml pull"),
        Entry(
            "data.move", 400, "A directory cannot be moved into itself.",
            cause: "The destination lies inside the source.",
            next: "Choose a destination outside: hftml move SOURCE DESTINATION"),
        Entry(
            "data.move-outputs", 400, "The pointer names several outputs, so a single path cannot be moved.",
            cause: "The .dvc file was written by hand or by a stage with several outputs.",
            next: "Split it into one pointer per output: hftml remove FILE.dvc, then hftml add for each."),
        Entry(
            "data.no-books", 404, "A file or directory holds no order books, or something else beside them.",
            cause: "The wrong one was named, or files of bars or trades lie among the books.",
            next: "Look at what a file holds: hftml data head FILE"),
        Entry(
            "data.no-files", 404, "A directory of bars holds no .csv or .csv.gz file.",
            cause: "The wrong directory was named, or the data was not fetched.",
            next: "Check the path, and fetch the data if it is tracked: hftml pull"),
        Entry(
            "data.no-source", 404, "The repository that is imported from has no such path at that revision.",
            cause: "The path was renamed there, or the revision is older than the path.",
            next: "Check path and revision in the source repository, then: hftml update POINTER --rev REVISION"),
        Entry(
            "data.no-workspace", 404, "No directory from here upwards is a workspace.",
            cause: "The command was started elsewhere, or the project was never set up.",
            next: "Make a workspace: hftml init"),
        Entry(
            "data.not-data", 400, "A .dvc file was given where data is expected.",
            cause: "Pointers describe data; they are committed to Git and not tracked themselves.",
            next: "Name the data: hftml add DATA"),
        Entry(
            "data.not-import", 400, "The pointer has no source to update from.",
            cause: "It was made by `hftml add`, not by an import.",
            next: "Record a new state with: hftml add DATA"),
        Entry(
            "data.outside", 400, "A path leads out of the workspace, or out of the directory it has to stay in.",
            cause: "A path with `..`, an absolute path, or a hostile pointer or listing. Nothing was written.",
            next: "Copy the data into the workspace first, and name it there."),
        Entry(
            "data.overlap", 409, "The path lies inside data that is under version control already.",
            cause: "Data is moved into a tracked directory, or something is added inside data that is recorded as a "
                + "file, in the form of DVC 2, or together with an order that concerns all of it.",
            next: "Record what stands there: hftml add DIRECTORY, or only a part: hftml add DIRECTORY/PART"),
        Entry(
            "data.pointer", 422,
            "A .dvc file is malformed: it lacks outputs, a path, a valid hash or the address of its source.",
            cause: "It was edited by hand, or a merge left it half resolved.",
            next: "Restore it from Git: git checkout -- FILE.dvc"),
        Entry(
            "data.recipe", 409, "A recipe was run again and made other data than its pointer names.",
            cause: "The recipe's inputs or the simulator changed since the data was recorded.",
            next: "If the new data is right, record it: hftml add DATA"),
        Entry(
            "data.reference", 400, "The argument does not have the form PATH@REVISION.",
            cause: "The revision was left out.",
            next: "Say which revision: hftml get Data/bars@HEAD~1 -o old-bars"),
        Entry(
            "data.symbolic-link", 409, "A symbolic link stands where a directory of the workspace belongs.",
            cause: "Writing through it would change files outside the workspace. Nothing was written.",
            next: "Replace the link by a directory, then run the command again."),
        Entry(
            "data.tree", 422,
            """
            The listing of a tracked directory is malformed, names a path twice, or names a path outside the \
            directory.
            """,
            cause: "The object was damaged, or whoever wrote it meant harm. Nothing was written.",
            next: "Fetch it again: hftml verify --remove; hftml pull"),
        Entry(
            "data.unknown-target", 404, "Nothing under version control is at that path.",
            cause: "A typing mistake, a path relative to another directory, or data that was never added.",
            next: "See what is tracked: hftml status"),
        Entry(
            "data.stage-output", 409, "The path is an output of a stage, which records it already.",
            cause: "Two owners of one path would contradict each other after every run.",
            next: "Record it by its stage: hftml commit PATH"),
        Entry(
            "data.source-changed", 409, "The source of an import has other content than was recorded.",
            cause: "The file was replaced at its address, and no remote has the recorded content.",
            next: "Take over what is there now: hftml update FILE.dvc"),
        Entry(
            "data.would-lose", 409, "The command would overwrite changes that exist nowhere else.",
            cause: "Files were edited after they were last recorded.",
            next: "Keep them with hftml commit, or give them up: hftml checkout --force"),
        Entry(
            "fi2010.horizon", 400, "The prediction horizon is not one that the FI-2010 data set has labels for.",
            cause: "The data set comes with labels for 10, 20, 30, 50 and 100 events only.",
            next: "Use one of these: hftml import fi2010 --help"),
        Entry(
            "gc.confirm", 409, "Objects would be deleted from the remote for good.",
            cause: "`gc --cloud` has no trash to bring them back from.",
            next: "Look first, then confirm: hftml gc --cloud --workspace --dry-run, then the same with --yes"),
        Entry(
            "gc.unreadable", 409, "What must be kept cannot be told, so nothing was removed.",
            cause: "A pointer, a lock, a reference or a commit in the scope cannot be read, or a shallow clone lacks "
                + "older commits: what they name would be taken for unused.",
            next: "Mend the file, or leave its commit out: hftml gc --workspace --all-branches"),
        Entry(
            "gc.scope", 400, "Nothing says which data must be kept.",
            cause: "`gc` was called without a scope, so it would remove everything.",
            next: "Choose a scope: hftml gc --workspace --all-commits"),
        Entry(
            "git.failed", 500, "Git could not do what was asked; its own words are in the message.",
            cause: "A network fault, a missing permission, or a damaged repository.",
            next: "Try the same with git itself, such as: git fsck"),
        Entry(
            "git.no-library", 500, "The library libgit2 cannot be loaded.",
            cause: "The library is loaded when a command needs Git; this machine has none, or one of another version.",
            next: "Install the version that the message names, and check: hftml doctor"),
        Entry(
            "git.none", 400, "There is no Git repository around the workspace.",
            cause: "Revisions, tags and imports from repositories need one.",
            next: "Make one: git init"),
        Entry(
            "git.revision", 404, "Git knows no such revision, or it is not a commit.",
            cause: "A typing mistake, a branch that was not fetched, or a tag on a file.",
            next: "List what there is: git log --oneline --all"),
        Entry(
            "git.shallow", 409, "The clone is shallow, so the history that is asked for is not all here.",
            cause:
                "It was made with --depth, as build servers do: the first version that it has need not be the first.",
            next: "Fetch the rest: git fetch --unshallow"),
        Entry(
            "init.no-git", 400, "The directory is not in a Git repository.",
            cause: "`hftml init` prepares Git to ignore data and to merge pointers.",
            next: "Run git init first, or do without: hftml init --no-scm"),
        Entry(
            "merge.conflict", 409, "Both sides of a merge changed the same data in different ways.",
            cause: "Two branches recorded different content for the same path.",
            next: "Choose a side: git checkout --theirs POINTER, then git add POINTER"),
        Entry(
            "merge.missing", 404, "The merge needs file listings or files that are not in the cache.",
            cause: "The other branch was never fetched as data, only as Git commits.",
            next: "Fetch and merge again: hftml fetch --all-branches"),
    ]
}
