"""Pure: given names that tell a person from a paper where nothing else does.

Far from complete on purpose: it is asked only when two names follow each other at the end of a
page and the second one may be the site's.
"""

GIVEN_NAMES = frozenset(
    """
    abdou abdoul abdoulaye abdul abdulaziz abena abiba abiola abou aboubacar aboubakar achille
    adama adamou adjoa afi agnes ahmed aicha aime aissata aissatou akossiwa akossua akouvi akpene
    akua alain albert alex alexandre alexis alfred ali alice alioune alphonse ama amadou amelie
    ami amidou amina aminata amina amivi amos ana anas andre ange angele anicet anne antoine
    antoinette araba ariane aristide armand armel arnaud arsene assane assiba assita astou
    auguste augustin awa ayo ayodele aziz baba babacar bakary barnabe bashir basile beatrice
    benedicte benjamin benoit bernadette bernard bertin bintou binta blaise blandine boris
    boubacar brice brigitte bruno camille carine carole caroline cecile celestin celine cesar
    charles charlotte cheikh chidi chimamanda chinedu chinwe christian christelle christine
    christophe claire clarisse claude clement clementine colette constant corinne cyrille
    damien daniel david deborah delali delphine denis desire diane didier dieudonne djibril
    djamila dominique donatien dossou dramane ebenezer ebo edem edith edgar edmond edouard edwige
    efua ekow elie eliane elisabeth elise emeka emile emilie emmanuel enagnon eric ernest esi
    esther estelle etienne eugene eugenie euloge eve fabien fabrice fadila fanta fati fatima
    fatimata fatou fatoumata faustin felicite felix fernand fiacre fidele fifame firmin flavien
    florence florent folly fousseni francis francois francoise franck frederic funmi gabriel
    gaston gaelle genevieve georges gerard germain ghislain gilbert gildas gilles gisele gloria
    grace gregoire guillaume gustave guy habib hadiza hadja halima hamadou hamid hamidou hamza
    haoua hassan hawa henri herve hippolyte honore hortense hugues ibrahim ibrahima idriss
    idrissa ifeoma ignace innocent irene isaac isabelle ismael issa issiaka issouf issoufou
    jacob jacques jamila jean jeanne jeremie jerome jesus joel john joseph josephine josue joyce
    jules julie julien juliette justin justine kader kadiatou kadidia kafui karim karine katia
    kemi kevin khadija khadim kodjo kodjovi koffi kofi kojo koku komi komlan kossi kossiwa kouadio
    kouame kouassi kwabena kwadwo kwaku kwame kwasi kwesi lamine laure laurent laurence lazare
    lea leonard leonie leon leopold leticia lionel louis louise luc lucas lucie lucien ludovic
    madeleine madou mahamadou mahamane mahamat mame mamadou mamoudou marc marcel marguerite
    mariam mariama marie marius mariette martial martin martine mathias mathieu maurice mawuli
    maxime medard michel michele mireille modeste modou mohamadou mohamed mohammed moise monique
    mory mouhamed moumouni mouna mounir moussa moustapha moctar mustapha nadege nadia nafi
    nafissatou narcisse nathalie ndeye nestor ngozi nicolas nicole noel obinna odette olga olivier
    omar oscar oumar oumou ousmane ousseynou ouzerou pamela papa parfait pascal pascaline patrice
    patricia patrick paul paulette paulin pauline perpetue peter philippe pierre prosper prudence
    rachel rachid rahim ramatou raoul raymond regina regis rene richard rita robert rodrigue roger
    rokia roland romain romaric romeo romuald rosalie rose rosine sabine sadia safi saidou salif
    salimata salma salomon samba sami samira samuel sandra sandrine sanni sara sarah sebastien
    segun selom sena serge seun seydou sidi sidonie simon simone solange sonia souleymane stella
    stephane stephanie sylvain sylvestre sylvie tanoh tata tatiana theodore theophile therese
    thierry thomas tiemoko tobi tunde urbain ursule valentin valere valerie vanessa venance
    veronique victoire victor victorine vincent virginie viviane wilfried william xavier yacine
    yacouba yaovi yao yasmine yaw yawa yawo youssef youssouf yves yvette yvonne zakari zeinab
    zenabou zoe zoumana
    """.split()  # noqa: SIM905  A list of words is read and corrected as words.
)
