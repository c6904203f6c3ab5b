import Basics
import ConfigurationFiles
import TestSupport
import Testing

@Suite(.enabled(if: SharedData.client("check-jsonschema") != nil)) struct GitLabTests {
    @Test(
        "the pipelines for GitLab are valid against GitLab's schema",
        arguments: [".gitlab-ci.yml", "Deploy/gitlab/gate.gitlab-ci.yml"])
    func schema(_ template: String) throws {
        let result = try RunProgram.run(
            try #require(SharedData.client("check-jsonschema")),
            ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", template],
            in: SharedData.repository)
        #expect(result.status == 0, "\(result)")
    }

    @Test(
        "jobs that judge and promote run hftml alone, and hide no failure",
        arguments: [".gitlab-ci.yml", "Deploy/gitlab/gate.gitlab-ci.yml"])
    func programs(_ template: String) throws {
        let jobs = try #require(try YAMLFile.read("\(SharedData.repository)/\(template)").mapValue)
        var lines = 0
        for job in jobs {
            for key in ["before_script", "script", "after_script"] {
                for line in job.value[key: key]?.listValue?.compactMap(\.stringValue) ?? [] {
                    let program = line.split(separator: " ").first.map(String.init) ?? ""
                    // The runner writes file variables readable by all.
                    let isAllowed =
                        ["hftml", "./hftml", "chmod"].contains(program) || line.hasSuffix(".ci/run lint")
                        || line.hasSuffix(".ci/run test")
                    #expect(isAllowed, "\(job.key): \(line)")
                    for word in ["||", ";", "curl", "python", "$(", "`"] {
                        #expect(!line.contains(word), "\(job.key) has \(word): \(line)")
                    }
                    lines += 1
                }
            }
        }
        #expect(lines >= 9)
    }
}
