import Basics
import Foundation
import TestSupport
import Testing

/// Pipelines of one template in a project: jobs in their order, each with what those before it left.
struct GitLabPipelines {
    typealias Job = GitLabRunner.Result

    let project: GitLabProject
    /// Jobs of merge requests see no protected variable.
    let merge: GitLabRunner, main: GitLabRunner
    private let isOwn: Bool

    private init(_ template: String, more: [String: String] = [:], environment: String = "paper") throws {
        isOwn = template == ".gitlab-ci.yml"
        project = try GitLabProject(environment: environment)
        if !isOwn {
            try project.endPipelineAtRegister()
            try project.keepDataInRemote()
        }
        merge = try GitLabRunner(
            template, of: project.repository, in: project.directory, variables: project.open.merging(more) { $1 })
        main = merge.with(project.protected)
    }

    /// This project's own.
    static func own() throws -> GitLabPipelines { try GitLabPipelines(".gitlab-ci.yml") }

    /// Those of a repository that includes the template.
    static func other(environment: String = "paper") throws -> GitLabPipelines {
        try GitLabPipelines(
            "Deploy/gitlab/gate.gitlab-ci.yml",
            more: [
                "HFTML_PIPELINE": "Pipelines/demo", "HFTML_POLICY": "demo",
                "HFTML_FEATURES": "Pipelines/demo/out/features-profit.safetensors",
                "HFTML_STRATEGY": "Pipelines/demo/strategy-cnn.yaml",
                "HFTML_ENVIRONMENT_NAME": environment,
            ], environment: environment)
    }

    /// A pipeline of a merge request, to the end of its gate.
    func request() throws -> Job {
        let record = try merge.run("record", of: project.repository.path, at: "change")
        #expect(record.status == 0, "\(record.errors.suffix(1500))")
        return try stages(merge, "change", [record])
    }

    /// A pipeline of the default branch, to the end of its gate.
    func pipeline() throws -> [Job] {
        var jobs: [Job] = []
        let gate = try stages(main, "main", [], &jobs)
        try expectReports(gate, isRefused: false)
        return jobs
    }

    private func stages(_ runner: GitLabRunner, _ branch: String, _ before: [Job]) throws -> Job {
        var jobs: [Job] = []
        return try stages(runner, branch, before, &jobs)
    }

    private func stages(_ runner: GitLabRunner, _ branch: String, _ before: [Job], _ jobs: inout [Job]) throws -> Job {
        jobs = before
        for name in isOwn ? ["data", "train"] : ["train"] {
            let job = try runner.run(name, of: project.repository.path, at: branch, artefacts: jobs)
            #expect(job.status == 0, "\(name) of \(branch): \(job.errors.suffix(1500))")
            jobs.append(job)
        }
        let gate = try runner.run("gate", of: project.repository.path, at: branch, artefacts: jobs)
        jobs.append(gate)
        return gate
    }

    func expectReports(_ job: Job, isRefused: Bool) throws {
        #expect(job.status == (isRefused ? 2 : 0), "\(job.errors.suffix(1500))")
        let quality = "\(job.place)/gate.codequality.json"
        let findings = try JSONParser.parse(try FileChunks.text(quality)).listValue ?? []
        #expect(isRefused == findings.contains { $0[key: "severity"]?.stringValue == "blocker" })
        // GitLab makes links of the paths.
        #expect(findings.allSatisfy { $0[path: "location.path"]?.stringValue == "Registry/gates/demo.yaml" })
        if let client = SharedData.client("check-jsonschema") {
            let schema = "\(SharedData.repository)/Tests/CommandLineTests/Fixtures/gitlab-codequality.schema.json"
            let checked = try RunProgram.run(client, ["--schemafile", schema, quality], in: job.place)
            #expect(checked.status == 0, "\(checked)")
        }
        // Numbers of the suites are those of their cases, by another reader of XML.
        let read = """
            import sys, xml.etree.ElementTree as E
            r = E.parse("gate.xml").getroot(); assert r.tag == "testsuites"
            for s in r.iter("testsuite"):
                c = s.findall("testcase"); assert c and all(x.get("name") and x.get("classname") for x in c)
                n = lambda t: str(sum(x.find(t) is not None for x in c))
                assert [s.get("tests"), s.get("failures"), s.get("errors")] == [str(len(c)), n("failure"), n("error")]
            print(sum(1 for _ in r.iter("failure")))
            """
        let junit = try RunProgram.run("/usr/bin/env", ["python3", "-c", read], in: job.place)
        #expect(junit.status == 0 && (junit.output == "0\n") != isRefused, "\(junit)")
        #expect(try FileChunks.text("\(job.place)/gate.md").contains("|"))
    }

    /// The job went through, its record is kept, and what it says of the log holds against the anchors outside.
    func expectKept(_ job: Job) throws {
        #expect(job.status == 0 && job.afterStatus == 0, "\(job.errors.suffix(1500))")
        #expect(job.errors.contains("signed heads are intact"), "\(job.errors.suffix(500))")
        for secret in ["token-of-the-job", "privateKey"] { #expect(!job.errors.contains(secret)) }
        try project.publish(job)
    }

    func promote(_ jobs: [Job], by runner: GitLabRunner? = nil) throws -> Job {
        try (runner ?? main).run("promote", of: project.repository.path, artefacts: jobs)
    }
}
