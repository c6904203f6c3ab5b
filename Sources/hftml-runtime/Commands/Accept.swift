import ArgumentParser
import Basics
import Deployment
import Execution

struct Accept: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look into the inbox once; exit 2 if the last bundle was refused.")
    @OptionGroup var options: RuntimeOptions

    func run() throws {
        try options.guarding {
            let installer = BundleInstaller(try DeploymentDirectory(options.environment))
            try installer.recoverReceipt()
            let receipts = try installer.processInbox().receipts
            if options.json {
                try options.emit(
                    JSONValue.map(["schemaVersion": .int(1), "receipts": .list(receipts.map(\.json))]).text(.pretty))
            } else {
                for receipt in receipts { try options.emit(receipt.text) }
            }
            if receipts.last?.outcome == .refused { throw ExitCode(ExitStatus.refused.rawValue) }
        }
    }
}
