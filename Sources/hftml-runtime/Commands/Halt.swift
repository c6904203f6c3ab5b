import ArgumentParser
import Basics
import Deployment
import Execution

struct Halt: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Stop opening orders in this environment until resume.")
    @OptionGroup var options: RuntimeOptions
    @Option(help: "Why.") var reason = "operator"

    func run() throws {
        try options.guarding {
            let environment = try DeploymentDirectory(options.environment)
            try AtomicFile.write("\(TimeText.utc(Clock.system.now())) \(reason)\n", to: environment.haltFile)
            try options.emit("halted")
        }
    }
}
