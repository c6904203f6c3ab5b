import Basics
import Foundation
import TestSupport
import Testing

/// The two templates for GitLab, every job's script run in order, against a server that has what the last promotion
/// left.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: RunProgram.hftml), "needs the built programs"))
struct GitLabJobsTests {
    /// A project of the demo under Git, where `./hftml` is the built program.
    private static func repository() throws -> TemporaryDirectory {
        let directory = try FlowTests.project()
        try FileManager.default.createSymbolicLink(
            atPath: directory.file("hftml"), withDestinationPath: GitLabImage.hftml)
        try directory.write(
            try FileChunks.text("\(SharedData.repository)/.gitignore")
                + ["environment.yaml", "authority.json", "authority/"].map { "!Registry/environments/*/\($0)\n" }
                .joined()
                + ".dvc/cache\n/backups\n", to: ".gitignore")
        // What was trained on checked data passes.
        try directory.write(
            "schemaVersion: 1\nrules: [quality-passed, lineage, {rule: metric, metric: ic, minimum: -1}]\n",
            to: "Registry/gates/demo.yaml")
        // The signed document is tracked; the rest of the environment is its host's.
        let made = try FlowTests.hftml(directory, "environments", "init", "paper", "--policy", "demo", "--local")
        #expect(made.status == 0, "\(made.errors)")
        try git(directory, "init", "-q", "-b", "main")
        try commit(directory, "start")
        return directory
    }

    private static func git(_ directory: TemporaryDirectory, _ arguments: String...) throws {
        let result = try RunProgram.run(
            "/usr/bin/env", ["git", "-c", "user.name=t", "-c", "user.email=t@t"] + arguments, in: directory.path)
        #expect(result.status == 0, "git \(arguments): \(result.errors)")
    }

    private static func commit(_ directory: TemporaryDirectory, _ message: String) throws {
        try git(directory, "add", "-A")
        try git(directory, "commit", "-q", "-m", message)
    }

    /// Variables of a project: what GitLab sets, and protected ones, for a host whose directory is mounted at a path.
    private static func variables(
        _ repository: TemporaryDirectory, _ server: LocalServer, in directory: TemporaryDirectory
    ) throws -> [String: String] {
        let host = directory.file("host/paper")
        try Paths.makeDirectory(directory.file("host"))
        try FileManager.default.copyItem(atPath: repository.file("Registry/environments/paper"), toPath: host)
        #expect(try FlowTests.hftml(repository, "keys", "generate", "backup").status == 0)
        var variables = [
            "CI_API_V4_URL": "http://127.0.0.1:\(server.port)/api", "CI_PROJECT_ID": "1", "CI_DEFAULT_BRANCH": "main",
            "CI_JOB_TOKEN": "token-of-the-job", "HFTML_ENVIRONMENT": host,
        ]
        for (variable, key) in [("BACKUP", "backup"), ("GATE", "paper-gate"), ("PROMOTER", "paper-promoter")] {
            let file = directory.file("\(key).key.json")
            try FileManager.default.copyItem(atPath: repository.file("Registry/keys/\(key).key.json"), toPath: file)
            // As the runner writes it.
            chmod(file, 0o644)
            variables["HFTML_\(variable)_KEY"] = file
        }
        return variables
    }

    /// What GitLab serves of the newest promotion.
    private static func publish(_ job: GitLabRunner.Result, to www: String) throws {
        let target = "\(www)/api/projects/1/jobs/artifacts/main/raw"
        try Paths.remove(target)
        try Paths.makeDirectory(target)
        let result = try RunProgram.run("/usr/bin/env", ["tar", "xf", job.artefacts, "-C", target], in: www)
        #expect(result.status == 0, "\(result.errors)")
    }

    private static func expectReports(_ job: GitLabRunner.Result, isRefused: Bool) throws {
        #expect(job.status == (isRefused ? 2 : 0), "\(job.errors.suffix(1500))")
        let findings = try JSONParser.parse(try FileChunks.text("\(job.place)/gate.codequality.json")).listValue ?? []
        #expect(isRefused == findings.contains { $0[key: "severity"]?.stringValue == "blocker" })
        for finding in findings {
            let line = finding[path: "location.lines.begin"]?.intValue, path = finding[path: "location.path"]
            #expect(line != nil && path?.stringValue != nil && finding[key: "fingerprint"]?.stringValue != nil)
            #expect(finding[key: "description"]?.stringValue != nil && finding[key: "check_name"]?.stringValue != nil)
        }
        let junit = try FileChunks.text("\(job.place)/gate.xml")
        #expect(junit.contains("<testsuite") && junit.contains("<failure") == isRefused)
        #expect(try FileChunks.text("\(job.place)/gate.md").contains("|"))
    }

    @Test(
        """
        this project's jobs run with hftml alone: a merge request without and with a champion, a promotion, a refused \
        gate
        """
    )
    func ownTemplate() throws {
        let directory = try TemporaryDirectory(), repository = try Self.repository(), www = directory.file("www")
        try Paths.makeDirectory(www)
        let server = try LocalServer.files(www, in: directory)
        let runner = try GitLabRunner(
            ".gitlab-ci.yml", of: repository, in: directory,
            variables: try Self.variables(repository, server, in: directory))
        // A merge request before anything was promoted.
        let data = try runner.run("data", of: repository.path)
        #expect(data.status == 0, "\(data.errors.suffix(1500))")
        let train = try runner.run("train", of: repository.path, artefacts: [data])
        #expect(train.status == 0, "\(train.errors.suffix(1500))")
        let gate = try runner.run("gate", of: repository.path, artefacts: [data, train])
        try Self.expectReports(gate, isRefused: false)
        #expect(try FileChunks.text("\(gate.place)/comparison.md").contains("to compare with yet"))
        // The same on the default branch, and a person who starts the promotion.
        let promote = try runner.run("promote", of: repository.path, artefacts: [data, train, gate])
        #expect(promote.status == 0, "\(promote.errors.suffix(1500))")
        #expect(!promote.errors.contains("token-of-the-job"))
        try Self.publish(promote, to: www)
        // A merge request with a champion, which begins with the registry that the promotion left.
        let recipe = repository.file("Pipelines/demo/bars-cnn.yaml")
        try Self.git(repository, "checkout", "-q", "-b", "change")
        try AtomicFile.write(try FileChunks.text(recipe).replacing("seed: 1", with: "seed: 2"), to: recipe)
        try Self.commit(repository, "another seed")
        let again = try runner.run("data", of: repository.path, at: "change")
        #expect(again.status == 0 && again.errors.contains("is restored"), "\(again.errors.suffix(1500))")
        let retrain = try runner.run("train", of: repository.path, at: "change", artefacts: [again])
        #expect(retrain.status == 0, "\(retrain.errors.suffix(1500))")
        // A policy that nothing passes: the verdict is the job's status, and its reports are there.
        try repository.write(
            "schemaVersion: 1\nrules: [lineage, {rule: metric, metric: ic, minimum: 0.999}]\n",
            to: "Registry/gates/demo.yaml")
        try Self.commit(repository, "a hard policy")
        let refused = try runner.run("gate", of: repository.path, at: "change", artefacts: [again, retrain])
        try Self.expectReports(refused, isRefused: true)
        #expect(try FileChunks.text("\(refused.place)/comparison.md").contains("bars-cnn/1"))
        // A second pipeline that began before the first promotion promotes nothing.
        let late = try runner.run("promote", of: repository.path, artefacts: [data, train, gate])
        #expect(late.status == 2 && late.errors.contains("backup.other-log"), "\(late.errors.suffix(1500))")
    }
    @Test("the template for other repositories judges and promotes their model with what an image of hftml has")
    func otherTemplate() throws {
        let directory = try TemporaryDirectory(), repository = try Self.repository(), www = directory.file("www")
        try Paths.makeDirectory(www)
        let server = try LocalServer.files(www, in: directory)
        // The pipeline of such a repository ends where its model is registered.
        let path = repository.file("Pipelines/demo/pipeline.yaml"), text = try FileChunks.text(path)
        let end = try #require(text.range(of: "out: out/version.json}\n"))
        try AtomicFile.write(String(text[..<end.upperBound]), to: path)
        try Self.commit(repository, "a pipeline that registers")
        var variables = try Self.variables(repository, server, in: directory)
        variables["HFTML_PIPELINE"] = "Pipelines/demo"
        variables["HFTML_FEATURES"] = "Pipelines/demo/out/features-profit.safetensors"
        variables["HFTML_STRATEGY"] = "Pipelines/demo/strategy-cnn.yaml"
        variables["HFTML_POLICY"] = "demo"
        let runner = try GitLabRunner(
            "Deploy/gitlab/gate.gitlab-ci.yml", of: repository, in: directory, variables: variables)
        let train = try runner.run("train", of: repository.path)
        #expect(train.status == 0, "\(train.errors.suffix(1500))")
        let gate = try runner.run("gate", of: repository.path, artefacts: [train])
        try Self.expectReports(gate, isRefused: false)
        let promote = try runner.run("promote", of: repository.path, artefacts: [train, gate])
        #expect(promote.status == 0, "\(promote.errors.suffix(1500))")
        try Self.publish(promote, to: www)
        // The next pipeline begins with what the promotion left.
        let next = try runner.run("train", of: repository.path)
        #expect(next.status == 0 && next.errors.contains("is restored"), "\(next.errors.suffix(1500))")
    }
}
