using System.Text;
using Cvmfs.Net.Catalogs;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Catalogs;

public sealed class SymlinkVariablesTests
{
    private static string? Lookup(string name) => name switch { "A" => "value", "EMPTY" => "", "NESTED" => "$(A)", _ => null };

    private static string Expand(string target) => Encoding.UTF8.GetString(SymlinkVariables.Expand(Encoding.UTF8.GetBytes(target), Lookup));

    [Theory]
    [Conforms("protocol", 95)]
    [InlineData("plain/target", "plain/target")]
    [InlineData("", "")]
    [InlineData("$(A)", "value")]
    [InlineData("/$(A)/bin", "/value/bin")]
    [InlineData("$(A)$(A)", "valuevalue")]
    [InlineData("/$(UNSET:-x)/bin", "/x/bin")]
    [InlineData("/$(A:-x)/bin", "/value/bin")]
    [InlineData("/$(EMPTY:-x)/bin", "//bin")]      // set to nothing is set
    [InlineData("/$(UNSET)/bin", "//bin")]
    [InlineData("$(UNSET:-)", "")]
    [InlineData("$(UNSET:-a:-b)", "a:-b")]
    [InlineData("$(UNSET:-$(A))", "$(A)")]         // the first parenthesis ends the expression, and nothing is expanded twice
    [InlineData("$(NESTED)", "$(A)")]
    [InlineData("$(A", "$(A")]                     // never closed
    [InlineData("$(A)/$(A", "value/$(A")]
    [InlineData("$A", "$A")]
    [InlineData("$", "$")]
    [InlineData("a)b$(A)", "a)bvalue")]
    public void Expands_as_the_reference_does(string target, string expected) => Assert.Equal(expected, Expand(target));

    [Fact]
    public void Keeps_bytes_that_are_not_text()
        => Assert.Equal([0xff, (byte)'v', (byte)'a', (byte)'l', (byte)'u', (byte)'e', 0xfe], SymlinkVariables.Expand([0xff, .. "$(A)"u8, 0xfe], Lookup));

    [Fact]
    public void Targets_without_variables_stay_as_they_are() => Properties.Hold((byte[] target) =>
        SymlinkVariables.HasVariables(target) || SymlinkVariables.Expand(target, Lookup).AsSpan().SequenceEqual(target));

    [Fact]
    public void Any_mixture_of_the_signs_is_expanded_in_bounded_space() => Properties.Hold((byte[] choices) =>
    {
        byte[] target = [.. choices.SelectMany(choice => (choice % 7) switch { 0 => "$("u8.ToArray(), 1 => ")"u8.ToArray(), 2 => ":-"u8.ToArray(), 3 => "A"u8.ToArray(), 4 => "$"u8.ToArray(), 5 => "("u8.ToArray(), _ => new[] { choice } })];
        return SymlinkVariables.Expand(target, Lookup).Length <= 2 * target.Length + 5;
    });
}
