using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Cli.Tests.Commands;

public sealed class MonitorImportConfigCommandTests
{
    [Fact]
    public async Task Says_of_each_line_what_became_of_it_and_writes_what_other_commands_read()
    {
        using var folder = new TempFolder();
        string old = folder.Combine("config.ini"), made = folder.Combine("config.json");
        await File.WriteAllTextAsync(old, "[config]\ntitle = Old page\n[stratum0]\ns0.example.org\n[stratum1]\ns1.example.org\na..b\n", TestContext.Current.CancellationToken);
        var run = (await CliRun.RunAsync("monitor", "import-config", old, "--output", made)).Expect(ExitCodes.Done);
        Assert.Contains($"taken over   {old}:2: title = Old page -- meta.title\n", run.Error, StringComparison.Ordinal);
        Assert.Contains($"NOT POSSIBLE {old}:7: a..b -- no server", run.Error, StringComparison.Ordinal);
        (await CliRun.RunAsync("monitor", "status-page", "-c", made, "--check")).Expect(ExitCodes.Done);
        Assert.Equal(await File.ReadAllTextAsync(made, TestContext.Current.CancellationToken), (await CliRun.RunAsync("monitor", "import-config", old)).Expect(ExitCodes.Done).Output);

        Assert.Contains("exists", (await CliRun.RunAsync("monitor", "import-config", old, "--output", made)).Expect(ExitCodes.Usage).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_configuration_is_exit_code_2()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.Combine("x"), "hello world\n", TestContext.Current.CancellationToken);
        (await CliRun.RunAsync("monitor", "import-config", folder.Combine("x"))).Expect(ExitCodes.Usage);
        (await CliRun.RunAsync("monitor", "import-config", folder.Combine("none"))).Expect(ExitCodes.Usage);
    }
}
