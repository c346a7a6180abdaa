using System.Diagnostics;
using System.Text;
using Cvmfs.Net.Replication.Configuration;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Configuration;

/// <summary>Fragments at random, read here and by the shells of this machine: whatever is accepted here must mean the same there.</summary>
public sealed class ShellComparisonTests
{
    private const int Fragments = 1500;
    private const int Seed = 20_260_101;

    private static readonly string[] s_names = ["A", "B", "CVMFS_C", "_d"];

    private static readonly string[] s_pieces =
    [
        "a", "b c", "'", "\"", "\\", "\\\\", "\\\n", "$A", "${B}", "${A:-x}", "${CVMFS_C:-a b}", "${B:-'q }'}", "${_d:-$A}", "\"$A\"", "\"${B:-$A z}\"", "'s q'", "\"d q\"",
        "#", " #c", "=", ":", "~", "*", "?", "[x]", "{a,b}", "$", "%", "!", "^", "/srv/cvmfs", "http://h:80/x", ",", ";", "\n", "\t", " ", "ü", "€", "\"a\\\nb\"", "\\$A", "\"\\$A\"",
        "'\\'", "\"\\\\\"", "}", "{", "(", ")", "&", "|", "<", "`", "${A-y}", "${B-}", "\"\"", "''", "\\ ", "-", "${A:-;}", "${B:-&x(}", "${A:-{}", "${A:-#}", "\\~", "\"x\":~",
    ];

    [Theory]
    [InlineData("dash")]
    [InlineData("bash --posix")]
    [InlineData("bash")]
    public async Task A_shell_assigns_the_same_values(string shell)
    {
        string program = shell.Split(' ')[0];
        if (!Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, program)))) Assert.Skip($"there is no {program} here.");
        using var folder = new TempFolder();
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        var expected = new List<string>();
        var texts = new List<string>();
        while (texts.Count < Fragments)
        {
            string text = Generate(random);
            if (TryRead(text) is not { } values) continue;
            folder.Write($"f{texts.Count}", Encoding.UTF8.GetBytes(text));
            texts.Add(text);
            expected.Add(string.Concat(s_names.Select(name => $"<{values.GetValueOrDefault(name, "")}>")));
        }

        folder.Write("all", Encoding.UTF8.GetBytes(
            $"i=0\nwhile [ $i -lt {Fragments} ]; do\n(unset A B CVMFS_C _d; HOME=/nowhere; . ./f$i; printf '<%s><%s><%s><%s>\\001' \"$A\" \"$B\" \"$CVMFS_C\" \"$_d\")\ni=$((i+1))\ndone\n"));
        string[] found = await RunAsync(shell, folder.Path);
        for (int i = 0; i < Fragments; i++) Assert.True(expected[i] == found[i], $"fragment:\n{texts[i]}\nread here: {expected[i]}\n{shell}: {found[i]}");
    }

    private static string Generate(Random random)
    {
        var text = new StringBuilder();
        int statements = random.Next(1, 6);
        for (int i = 0; i < statements; i++)
        {
            text.Append(random.Next(8) == 0 ? "export " : "").Append(s_names[random.Next(s_names.Length)]).Append('=');
            int pieces = random.Next(0, 5);
            for (int p = 0; p < pieces; p++) text.Append(s_pieces[random.Next(s_pieces.Length)]);
            text.Append(random.Next(4) switch { 0 => "; ", 1 => " ", _ => "\n" });
        }

        return text.Append('\n').ToString();
    }

    private static Dictionary<string, string>? TryRead(string text)
    {
        try
        {
            var variables = new ShellVariables();
            ShellFragment.Read(Encoding.UTF8.GetBytes(text), "f", variables);
            return variables.All.ToDictionary(value => value.Name, value => value.Text);
        }
        catch (ConfigurationException)
        {
            return null;
        }
    }

    private static async Task<string[]> RunAsync(string shell, string folder)
    {
        string[] words = shell.Split(' ');
        var start = new ProcessStartInfo(words[0], [.. words.Skip(1), "./all"]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.UTF8 };
        start.Environment["LC_ALL"] = "C.UTF-8";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal("", await error);
        return output.Split('\u0001');
    }
}
