import ArgumentParser
import Basics
import Deployment
import Execution

struct Halt: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Stop opening orders in this environment until resume.")
    @OptionGroup var options: RuntimeOptions
    @OptionGroup var act: ActOptions

    func run() throws {
        try options.guarding {
            let person = try act.person(at: options.directory())
            try options.emit(act: try person.halt())
        }
    }
}
