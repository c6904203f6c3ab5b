import ArgumentParser
import Basics
import Documents

/// A command of hftml: its ``perform(_:)`` takes options in and gives one document out; errors, exit codes and the
/// choice between JSON and text are made here, once for all commands.
protocol HftmlCommand: AsyncParsableCommand {
    associatedtype Product: Document
    var common: CommonOptions { get }
    mutating func perform(_ context: CommandContext) async throws -> Product
}

extension HftmlCommand {
    mutating func run() async throws {
        let product = try await CommandRunner.run(common) { try await self.perform($0) }
        try CommandRunner.showing(common) {
            if common.json, !product.isVerbatim {
                try emit(product.json.text(.pretty))
            } else {
                try common.terminal.show(product)
            }
        }
        if let signal = product.signal { throw ExitCode(128 + signal) }
        if product.isRefusal { throw ExitCode(ExitStatus.refused.rawValue) }
        if product.isFailure { throw ExitCode(ExitStatus.failed.rawValue) }
    }
}
