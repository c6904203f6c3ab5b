import ArgumentParser
import Basics
import Documents
import DataVersioning
import Foundation
import Tensors
import Registry
import Workflows

struct DoctorCommand: LegacyCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Show what is here: libraries, CPU kernels, Git, registry.",
        discussion: """
            EXAMPLES
              hftml doctor
              hftml doctor --json
            """)

    @OptionGroup var common: CommonOptions

    mutating func perform(_ context: CommandContext) throws {
        let session = try context.session()
        var rows: [(name: String, value: String, isFine: Bool)] = []
        rows.append(("hftml", ToolVersion.current, true))
        rows.append(
            (
                "kernels",
                "\(ProductKernels.panels.name) (best this CPU offers: level \(MatrixProduct.bestLevel))", true
            ))
        rows.append(
            (
                "AMX tiles",
                Precision.isSplitGranted ? "granted; training may ask for precision: split-bf16" : "not here", true
            ))
        let forced = ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"]
            .map { " (forced by OPENBLAS_CORETYPE=\($0); unset it for benchmarks)" }
        switch OpenBLAS.availability {
        case .available(let core, _): rows.append(("OpenBLAS core", core + (forced ?? ""), true))
        // Only trainings that ask for it need it.
        case .missing(let failure): rows.append(("OpenBLAS core", failure.description, true))
        }
        let git = GitRepository(containing: ".")
        rows.append(
            (
                "git",
                git.map { repository in
                    "\(repository.branch ?? "no branch") at \(repository.headCommit.map { String($0.prefix(12)) } ?? "no commit")"
                } ?? "no repository", true
            ))
        do {
            rows.append(("workspace", session.root, true))
            let problems = try session.registry().verify()
            rows.append(
                (
                    "registry",
                    session.shown(session.registryPath)
                        + (problems.isEmpty ? "" : ": \(problems.joined(separator: "; "))"), problems.isEmpty
                ))
        } catch let error as any UserFacingError {
            rows.append(("workspace", error.message, false))
        }
        if common.json {
            emit(
                JSONValue.map([
                    "schemaVersion": .int(1),
                    "items": .list(
                        rows.map {
                            .map(["name": .string($0.name), "value": .string($0.value), "fine": .bool($0.isFine)])
                        }),
                ]).text(.pretty))
        } else {
            var table = TextTable([])
            for row in rows { table.add([row.isFine ? "✓" : "✗", row.name, row.value]) }
            emit(table.text)
        }
        if rows.contains(where: { !$0.isFine }) { throw ExitCode(ExitStatus.failed.rawValue) }
    }
}
