import ArgumentParser
import Basics
import Execution

struct Resume: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Trade again after halt.")
    @OptionGroup var options: RuntimeOptions

    func run() throws {
        try options.guarding {
            try Paths.remove(try RuntimeEnvironment(options.environment).haltFile)
            try options.emit("resumed")
        }
    }
}
