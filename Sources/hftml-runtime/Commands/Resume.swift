import ArgumentParser
import Basics
import Deployment
import Execution

struct Resume: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Trade again after halt.")
    @OptionGroup var options: RuntimeOptions
    @OptionGroup var act: ActOptions

    func run() throws {
        try options.guarding {
            let person = try act.person(at: options.directory())
            if let receipt = try person.resume() { return try options.emit(act: receipt) }
            if options.json { return try options.emit(.map(["schemaVersion": .int(1), "outcome": .null])) }
            try options.emit(line: "nothing was halted")
        }
    }
}
