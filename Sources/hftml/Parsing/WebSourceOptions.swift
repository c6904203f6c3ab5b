import ArgumentParser
import Basics
import Workflows

/// What is sent along when a file is fetched from an address.
struct WebSourceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A header whose value is in a variable of the environment: JOB-TOKEN=CI_JOB_TOKEN. Never shown.",
            valueName: "header=variable"))
    var headerFrom: [String] = []
    @Option(help: ArgumentHelp("Put behind the address: job=promote.", valueName: "query")) var query: String?

    /// - Throws: ``Failure`` with code `fetch.header`.
    func fetch(_ context: CommandContext) throws -> FetchFile {
        var fetch = FetchFile()
        fetch.query = query
        for text in headerFrom {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw refusal("found '\(text)', expected HEADER=VARIABLE") }
            guard let value = context.caller.environment[parts[1]], !value.isEmpty else {
                throw refusal("found no variable \(parts[1]) for the header \(parts[0])")
            }
            try add(parts[0], value, to: &fetch)
        }
        return fetch
    }

    private func add(_ name: String, _ value: String, to fetch: inout FetchFile) throws {
        let isName = !name.isEmpty && name.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: ":") }
        guard isName, value.utf8.allSatisfy({ $0 >= 32 && $0 != 127 }) else {
            throw refusal("found a header '\(isName ? name : "?")' that cannot be sent")
        }
        fetch.headers.append((name, value))
    }

    private func refusal(_ what: String) -> Failure {
        Failure("fetch.header", what, hint: "for example: --header-from JOB-TOKEN=CI_JOB_TOKEN", exitStatus: .usage)
    }
}
