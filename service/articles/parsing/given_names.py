"""Pure: given names, to distinguish a person from a publication where nothing else does.

Incomplete on purpose: the list is used only at the end of a page, if two names follow each other
and the second one may be the site's, or if a single word may be a columnist's name.
"""

GIVEN_NAMES = frozenset(
    """
    abdelaziz abdelkader abderrahmane abdou abdou-rahmane abdoul abdoulaye abdul abdulaziz abena
    abiba abiola abou aboubacar aboubakar achieng achille adama adamou adiza adjoa adrien adwoa
    afi agnes ahmed aicha aime aissa aissata aissatou akossiwa akossua akosua akouvi akpe akpene
    akua alain albert alex alexandre alexis alfred ali alice alioune alizeta aloys alpha alphonse
    alseny ama amadou amelie ami amidou amina aminata aminatou amine amivi amos ana anas andre
    ange ange-marie angele anicet anicette anne antoine antoinette araba ariane aristide armand
    armel arnaud arouna arsene arthur assane assiba assita astou aude auguste augustin awa awono
    awovi ayaovi ayite aymen ayo ayodele aziz baba babacar babatunde bachir bakari bakary bangaly
    baptiste baraka barnabe barthelemy bashir basile bassirou beatrice benedicte benjamin benoit
    bernadette bernard bertille bertin bienvenu bilal binta bintou blaise blandine bola boris
    boubacar boukari boukary boukman boureima brahim brice brigitte bruno bukola camille carine
    carmen carole caroline cecile cecilia cedric celestin celine cesar chabi chaka chancel chanda
    chantal charlemagne charles charlotte cheikh chiamaka chidi chika chimamanda chinedu chinwe
    chioma chloe christ christelle christian christine christophe claire clarice clarisse claude
    clement clementine colette constant coralie corinne coumba cyriaque cyril cyrille dafia damien
    daniel david deborah dede delali delphine demba denis denise desire diane didier dieudonne
    dieudonnee dieumerci divine djamila djenab djeneba djibril dodzi dominique donatien dorothee
    dossou dramane ebenezer ebo ebuka edem edgar edith edmond edouard edwige efo efua ekow ekua
    eliane elie elisabeth elise elodie elsa emeka emile emilie emma emmanuel emmanuella enagnon
    epiphane eric ernest ernestine esi esinam essi essomba estelle esther etienne eugene eugenie
    euloge eustache eve exauce fabien fabrice fadel fadila fanny fanta faouzi farid fathi fati
    fatima fatimata fatma fatou fatoumata faustin faustine felicite felix fernand fiacre fidele
    fidelia fifame firmin fiston flavien florence florent florian fode folake folly fousseni
    francis franck francois francoise freddy frederic funmi gabriel gaelle gaetan gaston genevieve
    geoffroy georges geraldine gerard gerardine geraud germain ghislain ghislaine gilbert gilberte
    gildas gilles gisele glodi gloria gounou grace gracia gregoire guelord guilhem guillaume
    gustave guy habib habibou hadiza hadja halima halimatou hamadi hamado hamadou hamid hamidou
    hamza haoua haroun harouna hassan hatem hawa hedi henri herman hermann hermine herve hery
    hicham hippolyte honore hortense hugo hugues hyacinthe ibrahim ibrahima idriss idrissa
    idrissou ifeanyi ifeoma ignace ikenna imane immaculee innocent inoussa irene isaac isabelle
    ismael ismaila issa issiaka issouf issoufa issoufou jacob jacques jamal jamila jean
    jean-baptiste jean-bosco jean-claude jean-de-dieu jean-luc jean-marc jean-marie jean-paul
    jean-philippe jean-pierre jeanne jeremie jerome jerry jesus joachim jocelyn jocelyne joel john
    jordan joseph josephine josue joyce judicael judith jules julie julien juliette juma justin
    justine kader kadi kadiatou kadidia kadidiatou kafui kalilou kamel karim karima karine kassim
    kassoum katia kelechi kemi kerfalla kevin khadija khadim khady khaled khalid khoudia kipchoge
    kisito koami kodjo kodjovi koffi kofi kojo kokou koku komi komlan kossi kossivi kossiwa
    kouadio kouame kouami kouassi kudjo kunle kwabena kwabla kwadwo kwaku kwame kwasi kwesi
    laetitia lalaina lamia lamine landry lansana laouali larissa lassana lassane lassine latifa
    laure laurence laurent lawan lazare lea leila leon leonard leonie leopold leticia lila lionel
    loic lola louis louise luc lucas lucie lucien lucrece ludmilla ludovic madeleine madou magali
    maguette mahamadou mahaman mahamane mahamat mahamoudou maimouna makan malam malika mamadou
    mamady maman mamane mame mamoudou mamounata manon marc marcel mardochee margaux marguerite
    mariam mariama mariame mariatou marie marieme mariette marina marion marius marlene marthe
    martial martin martine mathias mathieu mathilde mathurin maty maud maurice mawuena mawuli
    maxime mbarga mbaye mbene medard mehdi melanie merdi messan michel michele miora mireille
    moctar modeste modou mohamadou mohamed mohammed moise mokhtar monique moriba mory mouhamed
    moumouni mouna mounir mourad moussa moustapha murielle mustapha mwangi mwila naa nabil naby
    nacer nadege nadia nadine nafi nafissatou naima nana naomie narcisse nathalie nathan nawel
    ndeye ndiaga neema nelly nestor nfor ngone ngozi nicolas nicole nii nina njeri nkechi nkem
    nkoulou nnamdi noaga noel noura nsimba obinna octave odette odile olga olivier olu olumide
    oluwaseun omar ondoa ophelie orlane oscar otieno oumar oumarou oumou ousmane ousseni ousseynou
    ouzerou pamela papa pape parfait pascal pascaline patrice patricia patrick paul paulette
    paulin pauline pelagie penda perpetue peter philippe pierre placide plamedi pougnimba prisca
    prosper prudence quentin rabiou rachel rachid rachida rahim raissa rama ramata ramatou rania
    raoul raphael rasmane rasmata raymond reda regina regis rehema remi rene richard ridha rindra
    rita rivo robert rodolphe rodrigue roger rokhaya rokia rokiatou roland rolande romain romaric
    romeo romuald rosalie rose rosette rosine roukaya ruphin ruth saadou sabine sabrina sadia saer
    safi saidou salah saley salif salifou salim salimata salma salomon samba sami samia samir
    samira samuel sandra sandrine sani sanni sara sarah saran sebastien sebastienne segun seini
    sekou selim selom sena senyo serena serge seriba seun severin seydou sibiri sidi sidiki
    sidikou sidonie sihem simon simone sinan sita sofiane sokhna solange sonagnon sonia sosthene
    souleymane soumaila speciose stella stephane stephanie sylvain sylvana sylvestre sylvie tahar
    tahirou tanoh tarek tassere tata tatiana tchoupo temitope tenin tete theo theodora theodore
    theodule theophile therese thierno thierry thoko thomas tidjani tiemoko tobi tobie tola
    toumani tresor tristan trudon tunde uche uchenna ulrich urbain ursule valentin valentine
    valere valerie vanessa venance veronique vianney victoire victor victorine vincent virginie
    viviane wafa walid wanjiru wenceslas wendkuuni wilfried william xavier yaa yacine yacouba yann
    yannick yao yaovi yarou yasmina yasmine yaw yawa yawo yayra yemi yempabou yolande youssef
    youssouf yves yvette yvonne zacharie zahra zainab zakari zakaria zalissa zara zeinab zeinabou
    zenabo zenabou zeynab zineb zita zoe zouhair zoumana
    """.split()  # noqa: SIM905  A list of words is read and corrected as words.
)
