using Cvmfs.Net.Manifests;
using Cvmfs.Net.Testing;

namespace Cvmfs.Net.Tests.Manifests;

public sealed class RepositoryNameTests
{
    [Theory]
    [InlineData("software.eessi.io")]
    [InlineData("a")]
    [InlineData("9-x_Y.z")]
    [InlineData("012345678901234567890123456789012345678901234567890123456789")]
    public void Accepts_names(string text)
    {
        Assert.Equal(text, RepositoryName.Parse(text).ToString());
        Assert.True(RepositoryName.TryParse(text.AsSpan(), out var name));
        Assert.Equal(RepositoryName.Parse(text), name);
        Assert.False(name.IsEmpty);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData(".hidden")]
    [InlineData("-x")]
    [InlineData("_x")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a b")]
    [InlineData("a\n")]
    [InlineData("a\0")]
    [InlineData("é.example.org")]
    [InlineData("a:b")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890")]
    public void Refuses_what_is_no_name_or_would_be_a_dangerous_folder(string text)
    {
        Assert.False(RepositoryName.TryParse(text, out var name));
        Assert.True(name.IsEmpty);
        Assert.Throws<CvmfsFormatException>(() => RepositoryName.Parse(text));
    }

    [Fact]
    public void Case_counts()
    {
        Assert.NotEqual(RepositoryName.Parse("a.org"), RepositoryName.Parse("A.org"));
        Assert.True(RepositoryName.Parse("a.org") == RepositoryName.Parse("a.org"));
        Assert.Equal("", default(RepositoryName).ToString());
        Assert.False(RepositoryName.TryParse(null, out _));
    }

    [Fact]
    public void Random_text_is_a_name_only_if_every_character_may_be_in_one()
        => Properties.Hold<string>(text => RepositoryName.TryParse(text, out var name)
            ? name.ToString() == text && text.Length is > 0 and <= 60 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            : text is null || text.Length is 0 or > 60 || !char.IsAsciiLetterOrDigit(text[0]) || text.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')));
}
