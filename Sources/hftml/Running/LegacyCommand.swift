import ArgumentParser
import Basics
import Workflows

/// A command that prints by itself; on its way to ``HftmlCommand``.
protocol LegacyCommand: AsyncParsableCommand {
    var common: CommonOptions { get }
    mutating func perform(_ context: CommandContext) async throws
}

extension LegacyCommand {
    mutating func run() async throws {
        try await CommandRunner.run(common) { try await self.perform($0) }
    }
}

extension ParsableCommand {
    /// `a.b=value` pairs; the value is read as YAML reads it.
    static func assignments(_ texts: [String]) throws -> [(String, JSONValue)] {
        try texts.map { text in
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw Failure("usage.set", "found '\(text)' after --set, expected KEY=VALUE", exitStatus: .usage)
            }
            return (String(text[..<equals]), Assignment.value(String(text[text.index(after: equals)...])))
        }
    }

    func refuse() -> ExitCode { ExitCode(ExitStatus.refused.rawValue) }
}
