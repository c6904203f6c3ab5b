import ArgumentParser
import Basics
import Deployment
import Execution

/// Who does something by hand, and why: it stands in a signed receipt.
struct ActOptions: ParsableArguments {
    @Option(help: "Who does it.") var by: String
    @Option(help: "Why.") var reason: String

    func person(at environment: DeploymentDirectory) throws -> HostOperator {
        try HostOperator(environment, person: by, reason: reason)
    }
}
