import Basics
import Foundation
import TestSupport
import Testing

/// A project of the demo under Git, a trading host's directory that the protected runner mounts, and a server that has
/// what GitLab serves of the newest promotion.
struct GitLabProject {
    let repository: TemporaryDirectory
    let directory: TemporaryDirectory
    private let server: LocalServer
    private let www: String
    /// What every job sees.
    let open: [String: String]
    /// What jobs of the default branch see as well.
    let protected: [String: String]

    /// What its environment is called.
    let environment: String

    /// Where the protected runner mounts things.
    var record: String { directory.file("srv/record") }
    /// Where people put what they signed.
    var statements: String { directory.file("srv/statements") }
    /// Of the server.
    var address: String { "http://127.0.0.1:\(server.port)/api/projects/1/jobs" }

    /// - Parameter environment: what it is called; its policy is `demo`, which one other than `paper` tightens by
    ///   asking for the approval of `ben`.
    init(environment: String = "paper") throws {
        self.environment = environment
        (repository, directory) = (try FlowTests.project(), try TemporaryDirectory())
        www = directory.file("www")
        try Paths.makeDirectory(www)
        server = try LocalServer.files(www, in: directory)
        try FileManager.default.createSymbolicLink(
            atPath: repository.file("hftml"), withDestinationPath: GitLabImage.hftml)
        // The signed document and public keys are tracked; the rest of the environment is its host's.
        let tracked = ["environments/*/environment.yaml", "environments/*/authority.json", "environments/*/authority/"]
        try repository.write(
            try FileChunks.text("\(SharedData.repository)/.gitignore")
                + (tracked + ["keys/"]).map { "!Registry/\($0)\n" }.joined()
                + "Registry/keys/*.key.json\n.dvc/cache\n/backups\n", to: ".gitignore")
        try repository.write(
            "schemaVersion: 1\nanchors:\n  - {directory: \(directory.file("srv/anchors"))}\n", to: "Registry/hftml.yaml"
        )
        // What was trained on checked data passes.
        try repository.write(
            "schemaVersion: 1\nrules: [quality-passed, lineage, {rule: metric, metric: ic, minimum: -1}]\n",
            to: "Registry/gates/demo.yaml")
        #expect(try FlowTests.hftml(repository, "keys", "generate", "backup").status == 0)
        // CI's record is born in a job, and does not know what was trusted here; that is no fault of it.
        #expect(try FlowTests.hftml(repository, "keys", "trust", "backup", "--role", "backup").status == 0)
        try GitLabProject.makeEnvironment(environment, in: repository)
        let host = directory.file("srv/\(environment)")
        try Paths.makeDirectory(directory.file("srv/anchors"))
        try FileManager.default.copyItem(atPath: repository.file("Registry/environments/\(environment)"), toPath: host)
        open = [
            "CI_API_V4_URL": "http://127.0.0.1:\(server.port)/api", "CI_PROJECT_ID": "1", "CI_DEFAULT_BRANCH": "main",
            "CI_JOB_TOKEN": "token-of-the-job", "GITLAB_USER_LOGIN": "ann", "CI_JOB_URL": "https://gitlab.example/7",
        ]
        var own = [
            "HFTML_ENVIRONMENT": host, "HFTML_RECORD": directory.file("srv/record"),
            "HFTML_STATEMENTS": directory.file("srv/statements"),
        ]
        let keys = [("BACKUP", "backup"), ("GATE", "\(environment)-gate"), ("PROMOTER", "\(environment)-promoter")]
        for (variable, key) in keys {
            let file = directory.file("\(key).key.json")
            try FileManager.default.copyItem(atPath: repository.file("Registry/keys/\(key).key.json"), toPath: file)
            // As the runner writes it.
            chmod(file, 0o644)
            own["HFTML_\(variable)_KEY"] = file
        }
        protected = own
        try git("init", "-q", "-b", "main")
        try commit("start")
        try git("branch", "change")
    }

    /// Keys and a signed document, all on this machine.
    private static func makeEnvironment(_ name: String, in repository: TemporaryDirectory) throws {
        func hftml(_ arguments: String...) throws {
            let result = try RunProgram.run(RunProgram.hftml, arguments, in: repository.path)
            #expect(result.status == 0, "\(arguments): \(result.errors)")
        }
        guard name != "paper" else { return try hftml("environments", "init", name, "--policy", "demo", "--local") }
        try Paths.remove(repository.file("Registry/environments/paper"))
        try repository.write(
            try FileChunks.text(repository.file("Registry/gates/demo.yaml")).replacing(
                "]", with: ", {rule: approvals, count: 1, roles: [validator]}]"), to: "Registry/gates/\(name).yaml")
        try hftml("keys", "generate", "ben")
        try hftml("environments", "init", name, "--policy", name, "--local")
        let file = "Registry/environments/\(name)/environment.yaml"
        try repository.write(
            try FileChunks.text(repository.file(file)).replacing(
                "\nkeys:\n", with: "\nkeys:\n  - {key: ben, roles: [validator]}\n"), to: file)
        try hftml("environments", "sign", name, "--as", "\(name)-root", "--yes")
    }

    /// From now on the data lie in a remote alone, which both runners mount: no recipe makes them.
    func keepDataInRemote() throws {
        try Paths.remove(repository.file("Data/demo-market.dvc"))
        for arguments in [
            ["remote", "add", "-d", "store", directory.file("srv/store")], ["add", "Data/demo-market"], ["push"],
        ] {
            let result = try RunProgram.run(RunProgram.hftml, arguments, in: repository.path)
            #expect(result.status == 0, "\(arguments): \(result.errors)")
        }
        #expect(try !FileChunks.text(repository.file("Data/demo-market.dvc")).contains("simulate"))
        try commit("data in a remote")
        let tracked = try RunProgram.run("/usr/bin/git", ["ls-files", "Data"], in: repository.path).output
        #expect(tracked.contains("Data/demo-market.dvc") && !tracked.contains("Data/demo-market/"), "\(tracked)")
        try git("branch", "-f", "change")
    }

    func git(_ arguments: String...) throws {
        let result = try RunProgram.run(
            "/usr/bin/env", ["git", "-c", "user.name=t", "-c", "user.email=t@t"] + arguments, in: repository.path)
        #expect(result.status == 0, "git \(arguments): \(result.errors)")
    }

    func commit(_ message: String) throws {
        try git("add", "-A")
        try git("commit", "-q", "-m", message)
    }

    /// The pipeline of a repository that includes the template ends where its model is registered.
    func endPipelineAtRegister() throws {
        let path = repository.file("Pipelines/demo/pipeline.yaml"), text = try FileChunks.text(path)
        let end = try #require(text.range(of: "out: out/version.json}\n"))
        try AtomicFile.write(String(text[..<end.upperBound]), to: path)
        try commit("a pipeline that registers")
        try git("branch", "-f", "change")
    }

    /// Commits another seed to a branch.
    func change(seed: Int, on branch: String) throws {
        try git("checkout", "-q", branch)
        let recipe = repository.file("Pipelines/demo/bars-cnn.yaml")
        let lines = try FileChunks.text(recipe).split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.hasPrefix("seed:") || $0.hasPrefix("  seed:") ? "\($0.prefix { $0 != ":" }): \(seed)" : String($0)
        }
        try AtomicFile.write(lines.joined(separator: "\n"), to: recipe)
        try commit("seed \(seed)")
    }

    /// A policy that nothing passes, on a branch.
    func hardenPolicy(on branch: String) throws {
        try git("checkout", "-q", branch)
        try repository.write(
            "schemaVersion: 1\nrules: [lineage, {rule: metric, metric: ic, minimum: 0.999}]\n",
            to: "Registry/gates/demo.yaml")
        try commit("a hard policy")
    }

    /// From now on GitLab serves what a job left.
    ///
    /// - Parameter place: below `jobs`; that of the newest job which succeeded, or of one by its number.
    func publish(_ job: GitLabRunner.Result, at place: String = "artifacts/main/raw") throws {
        let target = "\(www)/api/projects/1/jobs/\(place)"
        try Paths.remove(target)
        try Paths.makeDirectory(target)
        let result = try RunProgram.run("/usr/bin/env", ["tar", "xf", job.artefacts, "-C", target], in: www)
        #expect(result.status == 0, "\(result.errors)")
    }
}
