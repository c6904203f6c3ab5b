import ArgumentParser
import Basics
import Deployment
import Execution

struct Rollback: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Put the previous bundle back in force.")
    @OptionGroup var options: RuntimeOptions

    func run() throws {
        try options.guarding {
            let receipt = try BundleInstaller(try DeploymentDirectory(options.environment)).rollBack()
            try options.emit(options.json ? receipt.json.text(.pretty) : receipt.text)
        }
    }
}
