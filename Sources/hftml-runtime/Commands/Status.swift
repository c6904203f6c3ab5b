import ArgumentParser
import Basics
import Deployment
import Execution

struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The bundle in force, and whether trading is halted.")
    @OptionGroup var options: RuntimeOptions

    func run() throws {
        try options.guarding {
            let status = try RuntimeStatus(options.directory())
            if options.json { return try options.emit(status.json) }
            for line in status.lines { try options.emit(line: line) }
        }
    }
}
