import ArgumentParser
import Basics

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
    func refuse() -> ExitCode { ExitCode(ExitStatus.refused.rawValue) }
}
