import ArgumentParser
import Basics
import Deployment
import Execution

struct Recover: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a damaged or older memory together again from this host's own receipts and kept bundles.",
        discussion: """
            EXAMPLES
              hftml-runtime recover Registry/environments/paper
              hftml-runtime accept Registry/environments/paper

            For the error runtime.state. Nothing comes in force by it that was not: the newest revision that this host
            has signed is put back by the next look. Look for the cause before you trade on; to stop trading meanwhile:
            hftml-runtime halt ENVIRONMENT --by PERSON --reason TEXT
            """)
    @OptionGroup var options: RuntimeOptions

    func run() throws {
        try options.guarding {
            let directory = try options.directory(), recovery = try HostRecovery(BundleInstaller(directory))
            if options.json { return try options.emit(recovery.json) }
            for line in recovery.lines { try options.emit(line: line) }
            if recovery.revision > 0 {
                try options.emit(
                    line: "now let it put revision \(recovery.revision) back in force: hftml-runtime accept "
                        + directory.directory)
            }
        }
    }
}
