import ArgumentParser
import Basics
import Deployment
import Execution

struct Resume: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Trade again after halt.")
    @OptionGroup var options: RuntimeOptions

    func run() throws {
        try options.guarding {
            try Paths.remove(try DeploymentDirectory(options.environment).haltFile)
            try options.emit("resumed")
        }
    }
}
