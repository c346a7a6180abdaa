using System.Text;
using Cvmfs.Net.Replication.Configuration;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Replication.Tests.Configuration;

public sealed class ShellFragmentTests
{
    [Theory]
    [InlineData("A=1", "1")]
    [InlineData("A=", "")]
    [InlineData("A=''", "")]
    [InlineData("export A=x", "x")]
    [InlineData("  \t A=x  # why", "x")]
    [InlineData("A=x#y", "x#y")]
    [InlineData("A='a b'\"c d\"e", "a bc de")]
    [InlineData("A=a\\ b\\'c", "a b'c")]
    [InlineData("A=\"a\\\"b\\$c\\d\"", "a\"b$c\\d")]
    [InlineData("A=one\\\ntwo", "onetwo")]
    [InlineData("A='one\ntwo'", "one\ntwo")]
    [InlineData("B=x; A=$B/y", "x/y")]
    [InlineData("B=x\nA=\"${B}y\"", "xy")]
    [InlineData("A=${B:-http://h/cvmfs/x.org}", "http://h/cvmfs/x.org")]
    [InlineData("B=\nA=${B:-d}", "d")]
    [InlineData("B=\nA=${B-d}", "")]
    [InlineData("B=b\nA=${B:-${C:-d}}", "b")]
    [InlineData("A=${B:-${C:-'d }'}}", "d }")]
    [InlineData("A=x\nA=y", "y")]
    [InlineData("A=$UNSET", "")]
    [InlineData("A=\"costs $ 5\"", "costs $ 5")]
    [InlineData("A=*.pub", "*.pub")]
    [InlineData("B=1 A=2", "2")]
    [InlineData("A=grün", "grün")]
    [InlineData("B=\"a b\"\nexport A=\"$B\"", "a b")]
    [InlineData("A=3\nexport A B", "3")]
    public void Reads_what_a_shell_would_assign(string text, string expected) => Assert.Equal(expected, Read(text)["A"]);

    [Theory]
    [Conforms("stratum1", 93)]
    [InlineData("A=1\nrm -rf /", 2, "a command: rm -rf /")]
    [InlineData("A=1 ls", 1, "a command: A=1 ls")]
    [InlineData("A=$(hostname)", 1, "$(hostname)")]
    [InlineData("A=\"$(hostname)\"", 1, "$(hostname)")]
    [InlineData("A=`id`", 1, "backquotes")]
    [InlineData("A=\"`id`\"", 1, "backquotes")]
    [InlineData("A=$((1+2))", 1, "$((1+2))")]
    [InlineData(". /etc/other", 1, "a command")]
    [InlineData("source x", 1, "a command")]
    [InlineData("if true; then A=1; fi", 1, "a command")]
    [InlineData("[ -f x ] && A=1", 1, "a command")]
    [InlineData("f() { A=1; }", 1, "a command")]
    [InlineData("A=1 && B=2", 1, "a command")]
    [InlineData("A=a&b", 1, "\"&\"")]
    [InlineData("A=1 | cat", 1, "a command")]
    [InlineData("A=x>y", 1, "\">\"")]
    [InlineData("A=(1 2)", 1, "\"(\"")]
    [InlineData("A+=1", 1, "a command")]
    [InlineData("A[0]=1", 1, "a command")]
    [InlineData("A = 1", 1, "a command")]
    [InlineData("\n\nA=\"x\ny", 3, "never closed")]
    [InlineData("A='x", 1, "never closed")]
    [InlineData("A=${B", 1, "${B")]
    [InlineData("A=${B:-x", 1, "}")]
    [InlineData("A=${B:=x}", 1, "${B:=x}")]
    [InlineData("A=${B#x}", 1, "${B#x}")]
    [InlineData("A=${#B}", 1, "${#B}")]
    [InlineData("A=$1", 1, "\\$")]
    [InlineData("A=$$", 1, "\\$")]
    [InlineData("A=$'x'", 1, "\\$")]
    [InlineData("A=~/keys", 1, "home")]
    [InlineData("A=/a:~/keys", 1, "home")]
    [InlineData("A=$PWD", 1, "made up")]
    [InlineData("IFS=:", 1, "belongs to the shell")]
    [InlineData("A=x\r\nB=y", 1, "carriage return")]
    [InlineData("A=x\0y", 1, "0x00")]
    [InlineData("B='a b'; export A=$B", 1, "double quotes")]
    [InlineData("export A=*.pub", 1, "quotes")]
    [InlineData("export", 1, "a command")]
    [InlineData("export -n A", 1, "a command")]
    [InlineData("A=1;;B=2", 1, "two semicolons")]
    [InlineData("A=x\\", 1, "backslash")]
    [InlineData("A=\"${B:-'x'}\"", 1, "different shells")]
    public void Refuses_what_would_have_to_be_executed_and_says_where(string text, int line, string found)
    {
        var refused = Assert.Throws<ConfigurationException>(() => Read(text));
        Assert.Equal(("test.conf", line), (refused.Document, refused.Line));
        Assert.Contains(found, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_values_that_are_no_text()
    {
        Assert.Contains("UTF-8", Assert.Throws<ConfigurationException>(() => Read([.. "A="u8, 0xff, 0xfe])).Message, StringComparison.Ordinal);
        Assert.Equal("1", Read([.. "# Gr"u8, 0xfc, .. "n\nA=1"u8])["A"]);
    }

    [Fact]
    public void Hostile_files_end_in_an_error_and_not_in_memory()
    {
        var doubling = new StringBuilder("A=xxxxxxxxxxxxxxxx\n");
        for (int i = 0; i < 60; i++) doubling.Append("A=$A$A\n");
        Assert.Contains("65536 bytes", Assert.Throws<ConfigurationException>(() => Read(doubling.ToString())).Message, StringComparison.Ordinal);

        string nested = "A=" + string.Concat(Enumerable.Repeat("${B:-", 10_000)) + string.Concat(Enumerable.Repeat("}", 10_000));
        Assert.Contains("within one another", Assert.Throws<ConfigurationException>(() => Read(nested)).Message, StringComparison.Ordinal);

        string many = string.Concat(Enumerable.Range(0, 5000).Select(i => $"A{i}=1\n"));
        Assert.Contains("4096 assignments", Assert.Throws<ConfigurationException>(() => Read(many)).Message, StringComparison.Ordinal);

        Assert.Contains("expected at most", Assert.Throws<ConfigurationException>(() => Read(new string('#', 2 << 20))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_bytes_are_read_or_refused()
        => Properties.Hold<byte[]>(bytes =>
        {
            try
            {
                Read(bytes);
            }
            catch (ConfigurationException)
            {
                // refused in the right way
            }
        });

    [Fact]
    public void What_is_written_is_read_back()
        => Properties.Hold<string>(value =>
        {
            string clean = string.Concat((value ?? "").Where(c => c is '\n' or '\t' || (!char.IsControl(c) && !char.IsSurrogate(c))));
            Assert.Equal(clean, Read(ShellText.Assignment("CVMFS_X", clean) + "\n")["CVMFS_X"]);
        });

    [Fact]
    public void Control_characters_are_not_written() => Assert.Throws<ArgumentException>(() => ShellText.Assignment("A", "x\0y"));

    private static Dictionary<string, string> Read(string text) => Read(Encoding.UTF8.GetBytes(text));

    private static Dictionary<string, string> Read(byte[] text)
    {
        var variables = new ShellVariables();
        ShellFragment.Read(text, "test.conf", variables);
        return variables.All.ToDictionary(value => value.Name, value => value.Text);
    }
}
