import Basics
import Foundation
import TestSupport
import Testing

/// hftml beside the real dvc on random repositories: several files, foreach, matrix, wdir, merge keys, key types,
/// imports, ignore files and odd names, with random edits and either tool first. What is compared and what may differ
/// is in the decision note "Beside DVC" of DataVersioning.
///
/// `HFTML_DVC_CASES` says how many repositories, `HFTML_DVC_SEED` the first seed, `HFTML_DVC_PROGRAM` another hftml.
@Suite(.enabled(if: SharedData.client("dvc") != nil && SharedData.client("python") != nil, "needs the real dvc"))
struct BesideDVCTests {
    @Test("status, order of repro, bytes of locks and pointers, checkout of a part, gc of a history: all as dvc's")
    func random() throws {
        let environment = ProcessInfo.processInfo.environment
        let count = environment["HFTML_DVC_CASES"].flatMap(Int.init) ?? 25
        let seed = environment["HFTML_DVC_SEED"].flatMap(Int.init) ?? 1
        let directory = try TemporaryDirectory()
        let script = "\(SharedData.repository)/Tests/CommandLineTests/Fixtures/BesideDVC/beside_dvc.py"
        let result = try RunProgram.run(
            try #require(SharedData.client("python")),
            [
                "-B", script, environment["HFTML_DVC_PROGRAM"] ?? RunProgram.hftml, String(seed), String(count),
                Paths.resolved(directory.path),
            ],
            in: directory.path,
            environment: [
                "DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": directory.file(".site"), "SHELL": "/bin/sh",
                "GIT_CONFIG_GLOBAL": directory.file(".gitconfig"), "HOME": directory.path,
                "DVC_GLOBAL_CONFIG_DIR": directory.file(".global"), "DVC_SYSTEM_CONFIG_DIR": directory.file(".system"),
                "SWIFT_BACKTRACE": "enable=no",
            ])
        #expect(result.status == 0, "\(result.errors.suffix(2000))")
        var lines = result.output.split(separator: "\n").map(String.init)
        let last = try JSONParser.parse(lines.popLast() ?? "null")
        #expect(last[key: "cases"]?.intValue == count)
        for kind in ["pointers", "status after", "order", "locks", "status of edits", "checkout", "gc"] {
            #expect((last[path: "compared"]?[key: kind]?.intValue ?? 0) >= count / 2, "too few cases compared \(kind)")
        }
        for line in lines { Issue.record("\(line.prefix(3000))") }
    }
}
