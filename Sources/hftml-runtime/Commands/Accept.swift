import ArgumentParser
import Basics
import Deployment
import Execution

struct Accept: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look into the inbox once; exit 2 if the last order was refused.",
        discussion: """
            EXAMPLES
              hftml-runtime accept Registry/environments/paper

            An order is what a key with the role promoter has ordered for this host. Whatever else lies in the inbox is
            refused and told; the exit status is 2 for it only where no order came.
            """)
    @OptionGroup var options: RuntimeOptions

    func run() throws {
        try options.guarding {
            let look = try BundleInstaller(try options.directory()).lookThrough()
            let receipts = look.receipts
            if options.json {
                try options.emit(
                    JSONValue.map([
                        "schemaVersion": .int(1), "receipts": .list(receipts.map(\.json)),
                        "objection": .string(look.objection), "problem": .string(look.problem),
                        "problems": .strings(look.problems),
                    ]))
            } else {
                for receipt in receipts { try options.emit(line: receipt.text(late: look.late)) }
                if let objection = look.objection { try options.emit(line: "no orders: \(objection)") }
                for problem in look.problems { try options.emit(line: "to mend: \(problem)") }
            }
            if look.lastAnswer?.outcome == .refused { throw ExitCode(ExitStatus.refused.rawValue) }
        }
    }
}
