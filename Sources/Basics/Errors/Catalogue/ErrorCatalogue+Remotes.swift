extension ErrorCatalogue {
    /// Remotes and other machines: storage, quotes, hooks.
    static let remotes: [Entry] = [
        Entry(
            "hooks.account", 403, "The command of a hook was added by another account.",
            cause: "Several accounts can write the registry; a command runs with the rights and keys of who runs it.",
            next: "Let that account deliver it, or remove the hook and add it as your own."),
        Entry(
            "hooks.actions", 400, "The pattern of a hook is not an action with at most one `*`.",
            cause: "It is empty, holds a space, or several `*`.",
            next: "Use names from the audit log, such as: hftml hooks add NAME --command LINE --on 'gate.*'"),
        Entry(
            "hooks.answer", 502, "The address of a hook answered with another status than 200 to 299.",
            cause: "The receiver refused the event, or the address is wrong.",
            next: """
                See the attempts, and deliver again once the receiver works again: hftml hooks log && hftml hooks \
                deliver
                """),
        Entry(
            "hooks.command", 500, "The command of a hook ended with an error.",
            cause: "The program is missing, or it refused the event.",
            next: "See the attempts: hftml hooks log"),
        Entry(
            "hooks.exists", 409, "A hook of this name exists already.",
            cause: "It was added before.",
            next: "Remove it first: hftml hooks remove NAME"),
        Entry(
            "hooks.name", 400, "The name cannot be used for a hook.",
            cause: "Allowed are letters, digits, `-`, `_` and `.`.",
            next: "Choose another: hftml hooks add ci --command LINE"),
        Entry(
            "hooks.none", 404, "There is no hook of this name.",
            cause: "A typing mistake, or it was removed.",
            next: "See what there is: hftml hooks list"),
        Entry(
            "hooks.permissions", 403, "The file with a hook's secret can be read by others.",
            cause: "It was made with the usual permissions of files.",
            next: "Keep it to yourself: chmod 600 FILE"),
        Entry(
            "hooks.plain", 400, "A hook would send events over plain HTTP to another machine.",
            cause: "Events name people and models, so only this machine may be told without TLS.",
            next: "Use https://, or a receiver on localhost."),
        Entry(
            "hooks.secret", 400, "The secret of a hook is too short.",
            cause: "It has fewer than 16 bytes, so its signatures could be guessed.",
            next: "Make one: openssl rand -hex 32 > secret && chmod 600 secret"),
        Entry(
            "hooks.timeout", 504, "The command of a hook did not end in time, and was stopped.",
            cause: "It waits for input, or for a service that does not answer.",
            next: "Let it return at once and work in the background; see: hftml hooks log"),
        Entry(
            "hooks.unreachable", 503, "The address of a hook could not be reached.",
            cause: "The network, or a receiver that is down.",
            next: "Deliver again later: hftml hooks deliver"),
        Entry(
            "hooks.url", 400, "The address of a hook is not an http or https address.",
            cause: "The scheme or the host is missing.",
            next: "Use one such as: hftml hooks add ci --url https://ci.example.com/hook --secret-file secret"),
        Entry(
            "remote.answer", 502, "The remote's answer is not what its protocol says.",
            cause: "The address is that of another service, a proxy answers in its place, or the answer was cut off.",
            next: "Check the address and its endpoint: hftml remote list --json"),
        Entry(
            "remote.credentials", 401, "No keys were found for an S3 remote.",
            cause: "Neither the remote's options, nor AWS_ACCESS_KEY_ID, nor the credentials file has them.",
            next: "Set them for this machine: hftml remote modify --local NAME access_key_id KEY"),
        Entry(
            "remote.damaged", 502, "What arrived at the remote, or from it, is not what was sent.",
            cause: "A fault on the way, a full disk there, or a damaged object.",
            next: "Run the command again; push a damaged object anew from a workspace that has it: hftml push"),
        Entry(
            "remote.exists", 409, "A remote of this name exists already.",
            cause: "It was added before, perhaps at another level of the configuration.",
            next: "Change its address: hftml remote modify NAME url URL"),
        Entry(
            "remote.failed", 502, "The server answered with an error again and again.",
            cause: "The service is overloaded or has a fault.",
            next: "Wait, and run the command again; what was transferred is kept."),
        Entry(
            "remote.loop", 400, "A remote's address refers to the remote itself.",
            cause: "Its option url is remote://NAME/… with its own name.",
            next: "Set a real address: hftml remote modify NAME url URL"),
        Entry(
            "remote.missing", 404, "The remote has no such file or directory.",
            cause: "The path in the address is wrong, or nothing was pushed yet.",
            next: "Check the address with hftml remote list, and push: hftml push"),
        Entry(
            "remote.missing-object", 404, "The remote lacks an object that is asked for.",
            cause: "It was never pushed, or was removed there.",
            next: "Push it from a workspace that has it: hftml push"),
        Entry(
            "remote.name", 400, "The name cannot be used for a remote.",
            cause: "It is empty, or holds quotes, brackets or line ends.",
            next: "Use letters and digits: hftml remote add -d storage URL"),
        Entry(
            "remote.no-library", 500, "The library libxml2 cannot be loaded.",
            cause: "It reads what S3 answers and is loaded when a bucket is opened; this machine has none.",
            next: "Install it: apt-get install libxml2"),
        Entry(
            "remote.no-sftp", 502, "The server speaks no SFTP of version 3 or newer.",
            cause: "It gives a shell only, or prints a greeting before the protocol begins.",
            next: "Check with: sftp USER@HOST"),
        Entry(
            "remote.none", 400, "No remote is set, so there is nowhere to transfer to or from.",
            cause: "The project is new, or its default remote was removed.",
            next: "Add one: hftml remote add -d storage URL"),
        Entry(
            "remote.option", 400, "The remote has no such option.",
            cause: "A typing mistake, or an option of a kind of storage that hftml does not use.",
            next: "See the options: hftml remote modify --help"),
        Entry(
            "remote.option-value", 400, "An option has no value, or one that cannot be used.",
            cause: "The value was left out, is out of range, or is text that .dvc/config cannot hold.",
            next: "Give the value, or remove the option: hftml remote modify --unset NAME OPTION"),
        Entry(
            "remote.password", 400, "An SSH remote has a password, which hftml never sends.",
            cause: "The option `password` is set, as DVC allows.",
            next: "Use a key instead: ssh-copy-id HOST, then hftml remote modify --unset NAME password"),
        Entry(
            "remote.read-only", 405,
            "The remote can be fetched from, and nothing can be sent, listed or removed there.",
            cause: "Its address is that of a web server.",
            next: "Send to the directory, bucket or host behind it: hftml remote add NAME URL"),
        Entry(
            "remote.refused", 502, "The server refused the operation; its own words are in the message.",
            cause: "Missing permissions, a bucket or directory that does not exist, or a wrong address.",
            next: "Check permissions and address: hftml remote list"),
        Entry(
            "remote.scheme", 400, "The address has a scheme that hftml cannot use.",
            cause: "Supported are directories, s3:// and ssh:// (sftp://).",
            next: "Set another address: hftml remote modify NAME url s3://BUCKET/PREFIX"),
        Entry(
            "remote.secret", 400, "A secret would be written to a file that Git tracks, or takes in with all others.",
            cause: "The option holds a key or password, and no level was named, or .dvc/config.local is not ignored.",
            next: "Keep it on this machine: hftml remote modify --local NAME OPTION VALUE"),
        Entry(
            "remote.ssh", 500, "The ssh program could not be started.",
            cause: "OpenSSH is not installed, or ssh is not on the PATH.",
            next: "Install it: apt-get install openssh-client"),
        Entry(
            "remote.timeout", 504, "The remote did not answer in time.",
            cause: "A slow network, a server that hangs, or one that waits for something nobody types.",
            next: "Check the network, or allow more time: hftml remote modify NAME timeout 300"),
        Entry(
            "remote.unknown", 404, "There is no remote of this name.",
            cause: "A typing mistake, or the remote is set in another level of the configuration.",
            next: "See what there is: hftml remote list"),
        Entry(
            "remote.unreachable", 503, "There was no connection to the remote, or it broke.",
            cause: "A wrong address, the network, a firewall, or ssh that asks for a password.",
            next: "Check the connection (ssh HOST true) and run the command again; an interrupted transfer resumes."),
        Entry(
            "remote.url", 400, "The address of the remote does not have the expected form.",
            cause: "A part is missing, such as the bucket, the host or the path.",
            next: "Use s3://BUCKET/PREFIX, ssh://USER@HOST/PATH, or a directory: hftml remote modify NAME url URL"),
        Entry(
            "yahoo.<server-code>", 502,
            "Yahoo answered with an error instead of bars; the part after `yahoo.` is its own code, such as not-found.",
            cause: "An unknown or delisted ticker, or a range that the interval does not reach back to.",
            next: "Check the ticker, or ask for a shorter range: hftml import yahoo --help"),
        Entry(
            "yahoo.contradiction", 502, "Yahoo answered another question than the one that was asked.",
            cause: "Short bars that do not reach back so far are answered with longer ones; a ticker has a new name.",
            next: "Ask for a shorter range, or for the interval that came: hftml import yahoo --help"),
        Entry(
            "yahoo.empty", 404, "Yahoo's answer holds no bar.",
            cause: "Nothing traded in the range that was asked for, or no row of the answer is a bar.",
            next: "Ask for another range: hftml import yahoo --help"),
        Entry(
            "yahoo.format", 502, "Yahoo's answer is not a chart as hftml knows it.",
            cause: "The service changed its format, or a proxy answered in its place.",
            next: "Try again later, or name a mirror: hftml import yahoo --help"),
        Entry(
            "yahoo.unreachable", 503, "Yahoo gave no usable answer in all attempts.",
            cause: "The network, or too many requests in a short time.",
            next: "Try again later with a lower --rate: hftml import yahoo --help"),
    ]
}
